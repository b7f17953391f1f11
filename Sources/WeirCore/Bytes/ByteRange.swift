/// A part of a buffer that someone else owns: attributes point into the bytes they arrived in, so that a check copies
/// nothing.
///
/// Offsets and lengths are below 65,536: no frame and no request head is larger.
package struct ByteRange: Hashable, Sendable, BitwiseCopyable {
    package var offset: UInt16
    package var count: UInt16

    @inlinable
    package init(offset: UInt16 = 0, count: UInt16 = 0) {
        self.offset = offset
        self.count = count
    }

    /// Traps when the range does not fit; callers have bounded the buffer before.
    @inlinable
    package init(_ range: Range<Int>) {
        self.init(offset: UInt16(range.lowerBound), count: UInt16(range.count))
    }

    @inlinable
    package var range: Range<Int> { Int(offset)..<Int(offset) + Int(count) }
    @inlinable
    package var isEmpty: Bool { count == 0 }
}

/// A table of fixed size: allocated once (or laid over memory that someone else mapped), never grown, every access
/// checked.
///
/// `Array` would do but for two things: its buffer is reference-counted, and it cannot lie in a mapped file. Elements
/// are plain bits, so nothing needs to be released.
@safe package struct FixedArray<Element: BitwiseCopyable>: ~Copyable {
    @usableFromInline let base: UnsafeMutablePointer<Element>
    private let isOwned: Bool
    package let count: Int

    package init(count: Int, repeating value: Element) {
        precondition(count >= 0, "a negative count")
        unsafe base = Self.allocate(count)
        unsafe base.initialize(repeating: value, count: max(1, count))
        self.count = count
        isOwned = true
    }

    package init(_ elements: [Element]) {
        count = elements.count
        isOwned = true
        unsafe base = Self.allocate(count)
        for (index, element) in elements.enumerated() { unsafe (base + index).initialize(to: element) }
    }

    /// At the start of a cache line, so that an element of 64 bytes lies in one.
    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Element> {
        let bytes = max(1, count) * MemoryLayout<Element>.stride
        let start = UnsafeMutableRawPointer.allocate(
            byteCount: bytes, alignment: max(64, MemoryLayout<Element>.alignment))
        return unsafe start.bindMemory(to: Element.self, capacity: max(1, count))
    }

    /// Lays the table over `region`, which must be aligned for its elements, hold valid ones, and outlive it.
    package init(over region: UnsafeMutableRawBufferPointer) {
        precondition(
            region.count >= MemoryLayout<Element>.stride, "a region smaller than one element")
        // A region of more than no bytes has an address.
        let start = unsafe region.baseAddress.unsafelyUnwrapped
        precondition(
            Int(bitPattern: start) % MemoryLayout<Element>.alignment == 0, "a region that is not aligned")
        unsafe base = start.assumingMemoryBound(to: Element.self)
        count = region.count / MemoryLayout<Element>.stride
        isOwned = false
    }

    deinit {
        if isOwned { unsafe UnsafeMutableRawPointer(base).deallocate() }
    }

    package subscript(index: Int) -> Element {
        @inlinable
        @inline(__always)
        unsafeAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "index out of range")
            return unsafe UnsafePointer(base + index)
        }
        @inlinable
        @inline(__always)
        unsafeMutableAddress {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "index out of range")
            return unsafe base + index
        }
    }
}

extension FixedArray where Element == UInt8 {
    /// Lends part of the table as a span.
    @inlinable
    @inline(__always)
    package func withBytes<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range out of bounds")
        return try unsafe body(
            RawSpan(_unsafeStart: UnsafeRawPointer(base + range.lowerBound), byteCount: range.count))
    }

    /// Takes these bytes, which are as many as it has.
    @inline(__always)
    mutating func copy(_ bytes: RawSpan) {
        precondition(bytes.byteCount == count, "bytes of another size")
        unsafe bytes.withUnsafeBytes { source in
            unsafe UnsafeMutableRawBufferPointer(start: base, count: count).copyMemory(from: source)
        }
    }

    /// Lends the whole table for writing.
    package mutating func withMutableBytes<Result, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeMutableRawBufferPointer(start: base, count: count))
    }
}

// A table moves between threads as a whole, with whoever owns it; it has no sharing of its own.
extension FixedArray: @unchecked Sendable where Element: Sendable {}

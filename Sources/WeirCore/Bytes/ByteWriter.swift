/// Writes fields into a buffer of fixed size that someone else owns; never allocates, never writes past the end.
///
/// A write that does not fit writes nothing and sets `overflowed`; whoever made the writer sizes the buffer so that
/// this does not happen, and checks the flag once, at the end.
@safe package struct ByteWriter: ~Copyable {
    @usableFromInline let base: UnsafeMutableRawPointer
    package let capacity: Int
    @usableFromInline package internal(set) var count = 0
    @usableFromInline package internal(set) var overflowed = false

    /// The buffer must outlive the writer.
    package init(_ buffer: UnsafeMutableRawBufferPointer) {
        precondition(buffer.count > 0, "a writer needs room")
        // A buffer of more than no bytes has an address.
        unsafe base = buffer.baseAddress.unsafelyUnwrapped
        capacity = buffer.count
    }

    @inlinable
    package var free: Int { capacity &- count }

    @inlinable
    @inline(__always)
    mutating func claim(_ size: Int) -> UnsafeMutableRawPointer? {
        guard size <= capacity &- count else {
            overflowed = true
            return nil
        }
        defer { count &+= size }
        return unsafe base + count
    }

    @inlinable
    @inline(__always)
    package mutating func append(_ byte: UInt8) {
        if let place = unsafe claim(1) { unsafe place.storeBytes(of: byte, as: UInt8.self) }
    }

    @inlinable
    @inline(__always)
    package mutating func append(_ value: UInt16) {
        if let place = unsafe claim(2) { unsafe place.storeBytes(of: value.littleEndian, as: UInt16.self) }
    }

    @inlinable
    @inline(__always)
    package mutating func append(_ value: UInt32) {
        if let place = unsafe claim(4) { unsafe place.storeBytes(of: value.littleEndian, as: UInt32.self) }
    }

    @inlinable
    @inline(__always)
    package mutating func append(_ value: UInt64) {
        if let place = unsafe claim(8) { unsafe place.storeBytes(of: value.littleEndian, as: UInt64.self) }
    }

    @inlinable
    package mutating func append(_ bytes: RawSpan) {
        let size = bytes.byteCount
        guard size > 0, let place = unsafe claim(size) else { return }
        unsafe bytes.withUnsafeBytes { source in
            unsafe UnsafeMutableRawBufferPointer(start: place, count: size).copyMemory(from: source)
        }
    }

    @inlinable
    package mutating func append(_ text: StaticString) {
        let size = text.utf8CodeUnitCount
        guard size > 0, let place = unsafe claim(size) else { return }
        unsafe place.copyMemory(from: text.utf8Start, byteCount: size)
    }

    package mutating func append(_ text: String) {
        for byte in text.utf8 { append(byte) }
    }

    /// Zero bytes: reserved fields and padding.
    package mutating func appendZeros(_ size: Int) {
        for _ in 0..<size { append(0 as UInt8) }
    }

    /// A number in decimal digits.
    package mutating func append(decimal value: UInt64) {
        var size = 1
        var rest = value
        while rest >= 10 {
            rest /= 10
            size &+= 1
        }
        guard let place = unsafe claim(size) else { return }
        rest = value
        while size > 0 {
            size &-= 1
            let digit = UInt8(truncatingIfNeeded: rest % 10) &+ 0x30
            unsafe place.storeBytes(of: digit, toByteOffset: size, as: UInt8.self)
            rest /= 10
        }
    }

    /// A number in hexadecimal digits, always `digits` of them.
    package mutating func append(hexadecimal value: UInt64, digits: Int) {
        guard let place = unsafe claim(digits) else { return }
        for offset in 0..<digits {
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64((digits &- 1 &- offset) &* 4)) & 15
            let digit = nibble < 10 ? nibble &+ 0x30 : nibble &+ 0x57
            unsafe place.storeBytes(of: digit, toByteOffset: offset, as: UInt8.self)
        }
    }

    /// Overwrites a field written before, such as a length that was not known yet.
    package mutating func patch(_ value: UInt32, at offset: Int) {
        precondition(offset >= 0 && offset + 4 <= count, "patching what was not written")
        unsafe base.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self)
    }

    /// Forgets everything after the first `count` bytes, and that it overflowed: an answer that did not fit is taken
    /// back.
    package mutating func rewind(to count: Int) {
        precondition(count >= 0 && count <= self.count, "rewinding forward")
        self.count = count
        overflowed = false
    }

    /// Lends what was written so far.
    @inlinable
    package func withWritten<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeRawBufferPointer(start: base, count: count))
    }
}

/// Runs `body` with a writer over a fresh buffer and returns what it wrote. Allocates: for tests, clients and slow
/// paths.
package func bytes(capacity: Int, _ body: (inout ByteWriter) -> Void) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
        unsafe buffer.initialize(repeating: 0)
        var writer = unsafe ByteWriter(UnsafeMutableRawBufferPointer(buffer))
        body(&writer)
        precondition(!writer.overflowed, "the buffer is too small for what is written")
        initialized = writer.count
    }
}

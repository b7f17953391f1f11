/// Reads fields out of foreign bytes: little-endian, unaligned, and bounds-checked by the span (a read past the end
/// traps, so decoders compare sizes first). The only place outside the tables that touches memory by offset.
extension RawSpan {
    @inlinable
    @inline(__always)
    package func byte(_ offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    @inlinable
    @inline(__always)
    package func uint16(_ offset: Int) -> UInt16 {
        unsafe UInt16(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    @inlinable
    @inline(__always)
    package func uint32(_ offset: Int) -> UInt32 {
        unsafe UInt32(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    @inlinable
    @inline(__always)
    package func uint64(_ offset: Int) -> UInt64 {
        unsafe UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The bytes from `start` to the end, fewer than eight, as the low bytes of a word.
    @inlinable
    @inline(__always)
    package func word(from start: Int) -> UInt64 {
        let count = byteCount &- start
        if count == 0 { return 0 }
        // Loads that overlap are cheaper than a loop over the bytes.
        if byteCount >= 8 { return uint64(byteCount &- 8) >> UInt64((8 &- count) &* 8) }
        if count >= 4 {
            return UInt64(uint32(start)) | UInt64(uint32(byteCount &- 4)) << UInt64((count &- 4) &* 8)
        }
        return UInt64(byte(start)) | UInt64(byte(start &+ count / 2)) << UInt64(count / 2 &* 8)
            | UInt64(byte(byteCount &- 1)) << UInt64((count &- 1) &* 8)
    }

    /// Whether the whole span holds exactly these bytes.
    @inlinable
    package func equals(_ other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        var offset = 0
        while offset &+ 8 <= byteCount {
            if uint64(offset) != other.uint64(offset) { return false }
            offset &+= 8
        }
        while offset < byteCount {
            if byte(offset) != other.byte(offset) { return false }
            offset &+= 1
        }
        return true
    }

    /// Whether the whole span holds exactly this ASCII text, in any case when asked.
    @inlinable
    package func equals(_ text: StaticString, ignoringCase: Bool = false) -> Bool {
        guard byteCount == text.utf8CodeUnitCount else { return false }
        let theirs = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(text.utf8Start), byteCount: byteCount)
        var offset = 0
        while offset &+ 8 <= byteCount {
            var (left, right) = (uint64(offset), theirs.uint64(offset))
            if ignoringCase { (left, right) = (left.lowercasedASCII, right.lowercasedASCII) }
            if left != right { return false }
            offset &+= 8
        }
        var (left, right) = (word(from: offset), theirs.word(from: offset))
        if ignoringCase { (left, right) = (left.lowercasedASCII, right.lowercasedASCII) }
        return left == right
    }

    /// The offset of the first such byte at or after `start`, or nil.
    @inlinable
    package func firstIndex(of wanted: UInt8, from start: Int = 0) -> Int? {
        var offset = start
        while offset &+ 8 <= byteCount {
            let marks = uint64(offset).marks(of: wanted)
            if marks != 0 { return offset &+ marks.trailingZeroBitCount / 8 }
            offset &+= 8
        }
        while offset < byteCount {
            if byte(offset) == wanted { return offset }
            offset &+= 1
        }
        return nil
    }

    /// The bytes as text; anything that is not UTF-8 becomes the replacement character. Allocates: for messages and
    /// storage.
    package var text: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        for offset in 0..<byteCount { bytes.append(byte(offset)) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The bytes as an array. Allocates.
    package var array: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        for offset in 0..<byteCount { bytes.append(byte(offset)) }
        return bytes
    }
}

extension UInt8 {
    /// The lower-case form of an ASCII letter; any other byte unchanged.
    @inlinable
    @inline(__always)
    package var lowercasedASCII: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    /// Whether this is an ASCII digit.
    @inlinable
    @inline(__always)
    package var isDigit: Bool { self &- 0x30 < 10 }

    /// The value of a hexadecimal digit, or nil.
    @inlinable
    package var hexadecimalValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}

extension Array where Element == UInt8 {
    /// Lends the array's bytes as a span.
    package func withBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        unsafe try body(span.bytes)
    }
}

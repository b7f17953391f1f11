/// Eight bytes looked at together, as the readers of heads, paths and names do: a loop over bytes costs five times as much.
extension UInt64 {
    /// The same byte eight times.
    @inlinable
    @inline(__always)
    package init(repeatingByte byte: UInt8) { self = UInt64(byte) &* 0x0101_0101_0101_0101 }

    /// A word with the highest bit of each byte set that is `byte`, and no other bit.
    @inlinable
    @inline(__always)
    package func marks(of byte: UInt8) -> UInt64 {
        let low: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
        let difference = self ^ UInt64(repeatingByte: byte)
        return ~((difference & low &+ low) | difference | low)
    }

    /// Whether all bytes are printable ASCII or a space.
    @inlinable
    @inline(__always)
    package var isPrintableASCII: Bool {
        let high: UInt64 = 0x8080_8080_8080_8080
        return self & high == 0 && ((self | high) &- UInt64(repeatingByte: 0x20)) & high == high && marks(of: 0x7f) == 0
    }

    /// Each byte that is an ASCII capital as its small letter.
    @inlinable
    @inline(__always)
    package var lowercasedASCII: UInt64 {
        let high: UInt64 = 0x8080_8080_8080_8080
        let low = self & ~high
        let isFromA = low &+ UInt64(repeatingByte: 0x80 - 0x41)
        let isBehindZ = low &+ UInt64(repeatingByte: 0x7f - 0x5a)
        return self | ((isFromA ^ isBehindZ) & ~self & high) >> 2
    }
}

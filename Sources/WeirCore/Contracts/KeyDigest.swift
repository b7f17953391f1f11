/// What stands for an API key wherever keys are stored: HMAC-SHA-256 of its whole text under the pepper, 32 bytes.
package struct KeyDigest: Hashable, Sendable, BitwiseCopyable {
    /// The first 16 bytes, by which an agent knows a key: 128 bits under a secret are as good as 256 to tell keys apart.
    package let head: Hash128
    private let tail: Hash128

    package static let byteCount = 32

    /// Reads 32 bytes; nil for any other number of them.
    package init?(_ bytes: RawSpan) {
        guard bytes.byteCount == Self.byteCount else { return nil }
        head = Hash128(low: bytes.uint64(0), high: bytes.uint64(8))
        tail = Hash128(low: bytes.uint64(16), high: bytes.uint64(24))
    }

    /// Reads 64 lower-case hexadecimal digits.
    package init?(hex: RawSpan) {
        guard hex.byteCount == Self.byteCount * 2 else { return nil }
        var words = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))
        for offset in 0..<Self.byteCount {
            let (high, low) = (hex.byte(offset * 2), hex.byte(offset * 2 + 1))
            guard let upper = Self.value(high), let lower = Self.value(low) else { return nil }
            let byte = UInt64(upper << 4 | lower) << UInt64(offset % 8 * 8)
            switch offset / 8 {
            case 0: words.0 |= byte
            case 1: words.1 |= byte
            case 2: words.2 |= byte
            default: words.3 |= byte
            }
        }
        head = Hash128(low: words.0, high: words.1)
        tail = Hash128(low: words.2, high: words.3)
    }

    package init?(hex: String) {
        guard let digest = Array(hex.utf8).withBytes({ KeyDigest(hex: $0) }) else { return nil }
        self = digest
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        digit &- 0x41 < 26 ? nil : digit.hexadecimalValue
    }

    /// The 32 bytes as 64 lower-case hexadecimal digits.
    package var hex: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(Self.byteCount * 2)
        for word in [head.low, head.high, tail.low, tail.high] {
            for place in 0..<8 {
                let byte = UInt8(truncatingIfNeeded: word >> UInt64(place * 8))
                for nibble in [byte >> 4, byte & 15] { text.append(nibble < 10 ? nibble + 0x30 : nibble + 0x57) }
            }
        }
        return text
    }
}

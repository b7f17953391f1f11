/// A 128-bit hash: the identity of a limit key or of a usage cell's dimensions.
package struct Hash128: Hashable, Sendable, BitwiseCopyable {
    package var low: UInt64
    package var high: UInt64

    package init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// The sum of two keyed hashes is one, as long as nobody chooses many of them.
    @inline(__always)
    static func ^ (left: Hash128, right: Hash128) -> Hash128 {
        Hash128(low: left.low ^ right.low, high: left.high ^ right.high)
    }

    /// Reads what `hex` writes; nil for anything else.
    package init?(hex: String) {
        let digits = Array(hex.utf8)
        guard digits.count == 32, digits.allSatisfy({ $0.isDigit || (0x61...0x66).contains($0) }),
            let high = UInt64(hex.prefix(16), radix: 16), let low = UInt64(hex.suffix(16), radix: 16)
        else { return nil }
        self.init(low: low, high: high)
    }

    /// The hash as 32 lower-case hexadecimal digits, high half first.
    package var hex: String {
        func digits(_ word: UInt64) -> String {
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return digits(high) + digits(low)
    }
}

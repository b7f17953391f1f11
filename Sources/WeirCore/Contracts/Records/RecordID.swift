/// An id without its prefix: the 128 bits that its 26 digits in Crockford's base 32 stand for. An agent keeps a million of them.
package struct RecordID: Hashable, Sendable, BitwiseCopyable {
    package let bits: Hash128

    package static let product: StaticString = "prd_"
    package static let route: StaticString = "rte_"
    package static let plan: StaticString = "pln_"
    package static let meter: StaticString = "mtr_"
    package static let subscription: StaticString = "sub_"
    package static let grant: StaticString = "grt_"
    package static let key: StaticString = "key_"
    package static let consumer: StaticString = "con_"

    /// Bytes of every prefix, and of the whole text.
    package static let prefixBytes = 4
    package static let byteCount = 30

    package init(bits: Hash128) { self.bits = bits }

    /// Reads a prefix and 26 lower-case digits; nil for anything else, and for what is more than 128 bits.
    package init?(_ prefix: StaticString, _ text: RawSpan) {
        guard text.byteCount == Self.byteCount, text.extracting(0..<Self.prefixBytes).equals(prefix) else { return nil }
        var (high, low) = (UInt64(0), UInt64(0))
        for offset in Self.prefixBytes..<Self.byteCount {
            guard let digit = Self.value(text.byte(offset)) else { return nil }
            if offset == Self.prefixBytes, digit > 7 { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
        }
        bits = Hash128(low: low, high: high)
    }

    package init?(_ prefix: StaticString, _ text: String) {
        guard text.utf8.count == Self.byteCount, let id = Array(text.utf8).withBytes({ RecordID(prefix, $0) }) else {
            return nil
        }
        self = id
    }

    /// The digits of Crockford's base 32: no i, l, o, u.
    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit &- 0x30
        case 0x61...0x68: digit &- 0x61 &+ 10
        case 0x6a, 0x6b: digit &- 0x6a &+ 18
        case 0x6d, 0x6e: digit &- 0x6d &+ 20
        case 0x70...0x74: digit &- 0x70 &+ 22
        case 0x76...0x7a: digit &- 0x76 &+ 27
        default: nil
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<10: value &+ 0x30
        case 10..<18: value &- 10 &+ 0x61
        case 18..<20: value &- 18 &+ 0x6a
        case 20..<22: value &- 20 &+ 0x6d
        case 22..<27: value &- 22 &+ 0x70
        default: value &- 27 &+ 0x76
        }
    }

    /// Digit `place` of 26, the most significant first.
    func digit(at place: Int) -> UInt8 {
        let shift = UInt64((25 &- place) &* 5)
        let value: UInt64 =
            shift >= 64
            ? bits.high >> (shift &- 64) : shift == 0 ? bits.low : bits.low >> shift | bits.high << (64 &- shift)
        return Self.digit(UInt8(truncatingIfNeeded: value & 31))
    }

    /// Writes prefix and digits.
    func write(_ prefix: StaticString, _ body: (UInt8) -> Void) {
        for byte in prefix.description.utf8 { body(byte) }
        for place in 0..<26 { body(digit(at: place)) }
    }

    package func text(_ prefix: StaticString) -> String {
        var bytes: [UInt8] = []
        write(prefix) { bytes.append($0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

import WeirCore

/// SPOP's fields.
extension ByteWriter {
    mutating func append(varint value: UInt64) {
        guard value >= 240 else { return append(UInt8(value)) }
        append(UInt8(truncatingIfNeeded: value) | 0xf0)
        var rest = (value &- 240) >> 4
        while rest >= 128 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest = (rest &- 128) >> 7
        }
        append(UInt8(rest))
    }

    mutating func append(named name: StaticString) {
        append(varint: UInt64(name.utf8CodeUnitCount))
        append(name)
    }

    mutating func append(typed value: Bool) {
        append(SPOPValue.Kind.bool.rawValue | (value ? SPOPValue.trueFlag : 0))
    }

    mutating func append(typed value: UInt64, as kind: SPOPValue.Kind = .int64) {
        append(kind.rawValue)
        append(varint: value)
    }

    mutating func append(typed text: RawSpan) {
        append(SPOPValue.Kind.string.rawValue)
        append(varint: UInt64(text.byteCount))
        append(text)
    }

    mutating func append(typed text: StaticString) {
        append(SPOPValue.Kind.string.rawValue)
        append(named: text)
    }

    mutating func append(typed text: String) {
        append(SPOPValue.Kind.string.rawValue)
        append(varint: UInt64(text.utf8.count))
        append(text)
    }
}

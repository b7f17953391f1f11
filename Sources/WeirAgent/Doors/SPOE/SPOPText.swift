import WeirCore

/// Values that are no text, as the text that rules see. Addresses are written in one form (RFC 5952), so that a custom attribute
/// that holds one has one limit key.
enum SPOPText {
    /// Bytes of the longest text: an IPv6 address without a gap.
    static let maximumBytes = 39

    /// - Returns: false where there is nothing to write: for null, and for what is text already.
    static func write(_ value: SPOPValue, of frame: RawSpan, to output: inout ByteWriter) -> Bool {
        switch value {
        case .null, .text: return false
        case .bool(let isTrue): output.append(isTrue ? "true" as StaticString : "false")
        case .signed(let number):
            if number < 0 { output.append(UInt8(ascii: "-")) }
            output.append(decimal: number.magnitude)
        case .unsigned(let number): output.append(decimal: number)
        case .ipv4(let range): writeIPv4(frame.extracting(range.range), to: &output)
        case .ipv6(let range): writeIPv6(frame.extracting(range.range), to: &output)
        }
        return true
    }

    private static func writeIPv4(_ bytes: RawSpan, to output: inout ByteWriter) {
        for index in 0..<4 {
            if index > 0 { output.append(UInt8(ascii: ".")) }
            output.append(decimal: UInt64(bytes.byte(index)))
        }
    }

    private static func writeIPv6(_ bytes: RawSpan, to output: inout ByteWriter) {
        if bytes.uint64(0) == 0, bytes.uint32(8) == 0xffff_0000 {
            output.append("::ffff:" as StaticString)
            return writeIPv4(bytes.extracting(12..<16), to: &output)
        }
        let gap = longestGap(bytes)
        var index = 0
        while index < 8 {
            if index == gap.lowerBound, !gap.isEmpty {
                output.append("::" as StaticString)
                index = gap.upperBound
                continue
            }
            if index > 0, index != gap.upperBound || gap.isEmpty { output.append(UInt8(ascii: ":")) }
            let group = UInt64(group(bytes, index))
            output.append(hexadecimal: group, digits: max(1, (67 &- group.leadingZeroBitCount) / 4))
            index &+= 1
        }
    }

    private static func group(_ bytes: RawSpan, _ index: Int) -> UInt16 { bytes.uint16(index &* 2).byteSwapped }

    /// The first of the longest runs of zero groups, of two groups at least; empty where there is none.
    private static func longestGap(_ bytes: RawSpan) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, group(bytes, end) == 0 { end &+= 1 }
            if end &- start >= 2, end &- start > longest.count { longest = start..<end }
            start = max(end, start &+ 1)
        }
        return longest
    }
}

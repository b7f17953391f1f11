/// An IPv4 or IPv6 address as 128 bits; IPv4 in its mapped form (`::ffff:a.b.c.d`), so that one order holds for both.
package struct IPAddress: Hashable, Sendable, BitwiseCopyable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package init(ipv4: UInt32) {
        self.init(high: 0, low: 0xffff_0000_0000 | UInt64(ipv4))
    }

    package var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }

    /// The address with all but the first bits cleared: `ipv4` of 32 or `ipv6` of 128.
    @inline(__always)
    package func prefix(ipv4: Int, ipv6: Int) -> IPAddress {
        let bits = isIPv4 ? 96 &+ ipv4 : ipv6
        return IPAddress(high: high & Self.mask(bits), low: low & Self.mask(bits &- 64))
    }

    /// A word whose first `bits` bits are set.
    @inline(__always)
    static func mask(_ bits: Int) -> UInt64 {
        bits <= 0 ? 0 : bits >= 64 ? .max : ~(.max >> UInt64(bits))
    }

    /// Reads an address as servers write it: bare, in brackets, with a port (`192.0.2.1:80`, `[::1]:80`) or a zone
    /// (`fe80::1%eth0`).
    ///
    /// - Returns: nil when it is not an address; then the text itself is what rules count by.
    package init?(text: RawSpan) {
        // Most are bare IPv4.
        if let ipv4 = Self.ipv4(text) {
            self.init(ipv4: ipv4)
            return
        }
        var text = text
        if text.byteCount > 2, text.byte(0) == UInt8(ascii: "["), let end = text.firstIndex(of: UInt8(ascii: "]")) {
            text = text.extracting(1..<end)
        } else if let colon = text.firstIndex(of: UInt8(ascii: ":")),
            text.firstIndex(of: UInt8(ascii: ".")) ?? .max < colon
        {
            text = text.extracting(0..<colon)
        }
        if let zone = text.firstIndex(of: UInt8(ascii: "%")) { text = text.extracting(0..<zone) }
        if let ipv4 = Self.ipv4(text) {
            self.init(ipv4: ipv4)
        } else if let address = Self.ipv6(text) {
            self = address
        } else {
            return nil
        }
    }

    /// Four decimal numbers below 256. Leading zeros are refused, as some read them as octal.
    private static func ipv4(_ text: RawSpan) -> UInt32? {
        guard text.byteCount >= 7, text.byteCount <= 15 else { return nil }
        var address: UInt32 = 0
        var offset = 0
        for part in 0..<4 {
            guard var number = digit(text, at: offset) else { return nil }
            offset &+= 1
            if let second = digit(text, at: offset) {
                if number == 0 { return nil }
                number = number &* 10 &+ second
                offset &+= 1
                if let third = digit(text, at: offset) {
                    number = number &* 10 &+ third
                    if number > 255 { return nil }
                    offset &+= 1
                }
            }
            address = address << 8 | number
            if part < 3 {
                guard offset < text.byteCount, text.byte(offset) == UInt8(ascii: ".") else { return nil }
                offset &+= 1
            }
        }
        return offset == text.byteCount ? address : nil
    }

    @inline(__always)
    private static func digit(_ text: RawSpan, at offset: Int) -> UInt32? {
        guard offset < text.byteCount else { return nil }
        let byte = text.byte(offset)
        return byte.isDigit ? UInt32(byte &- 0x30) : nil
    }

    /// Eight groups of up to four hexadecimal digits, `::` once for a run of zeros, the last two groups possibly as
    /// IPv4.
    private static func ipv6(_ text: RawSpan) -> IPAddress? {
        guard text.byteCount >= 2, text.byteCount <= 45 else { return nil }
        var groups = InlineArray<8, UInt16>(repeating: 0)
        var count = 0
        var gap = -1
        var offset = 0
        while offset < text.byteCount {
            if text.byte(offset) == UInt8(ascii: ":") {
                if offset &+ 1 < text.byteCount, text.byte(offset &+ 1) == UInt8(ascii: ":") {
                    guard gap < 0 else { return nil }
                    gap = count
                    offset &+= 2
                    continue
                }
                guard offset > 0, count > 0, offset &+ 1 < text.byteCount, gap != count else { return nil }
                offset &+= 1
            } else if count > 0, gap != count {
                return nil
            }
            var end = offset
            var value: UInt32 = 0
            while end < text.byteCount, let digit = text.byte(end).hexadecimalValue {
                value = value << 4 | UInt32(digit)
                end &+= 1
                if end &- offset > 4 { return nil }
            }
            if end < text.byteCount, text.byte(end) == UInt8(ascii: ".") {
                guard count <= 6, let tail = ipv4(text.extracting(offset..<text.byteCount)) else { return nil }
                groups[count] = UInt16(tail >> 16)
                groups[count &+ 1] = UInt16(truncatingIfNeeded: tail)
                count &+= 2
                offset = text.byteCount
                break
            }
            guard end > offset, count < 8 else { return nil }
            groups[count] = UInt16(truncatingIfNeeded: value)
            count &+= 1
            offset = end
        }
        guard gap >= 0 ? count < 8 : count == 8 else { return nil }
        var words = InlineArray<8, UInt16>(repeating: 0)
        let before = gap >= 0 ? gap : count
        for index in 0..<before { words[index] = groups[index] }
        for index in before..<count { words[8 &- count &+ index] = groups[index] }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<4 {
            high = high << 16 | UInt64(words[index])
            low = low << 16 | UInt64(words[index &+ 4])
        }
        return IPAddress(high: high, low: low)
    }
}

extension IPAddress: Comparable {
    package static func < (left: IPAddress, right: IPAddress) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }
}

/// Matches text against a pattern: `*` is any run of bytes including `/`, `?` is one character.
package enum Glob {
    private static let star = UInt8(ascii: "*")
    private static let question = UInt8(ascii: "?")

    /// Whether the whole of `text` matches. Takes at most text × pattern steps and no memory: on a mismatch it goes
    /// back to the last `*` only, which is enough, as an earlier one could not match more.
    package static func matches(_ text: RawSpan, pattern: RawSpan) -> Bool {
        var t = 0
        var p = 0
        var afterStar = -1
        var retry = 0
        while t < text.byteCount {
            if p < pattern.byteCount, pattern.byte(p) == star {
                p &+= 1
                afterStar = p
                retry = t
            } else if p < pattern.byteCount, pattern.byte(p) == question {
                t = endOfCharacter(text, at: t)
                p &+= 1
            } else if p < pattern.byteCount, pattern.byte(p) == text.byte(t) {
                t &+= 1
                p &+= 1
            } else if afterStar >= 0 {
                retry &+= 1
                t = retry
                p = afterStar
            } else {
                return false
            }
        }
        while p < pattern.byteCount, pattern.byte(p) == star { p &+= 1 }
        return p == pattern.byteCount
    }

    /// Whether a pattern has any wildcard; text without one is compared as it is.
    package static func hasWildcard(_ pattern: some Sequence<UInt8>) -> Bool {
        pattern.contains { $0 == star || $0 == question }
    }

    /// The offset after the UTF-8 character at `offset`; a stray byte is a character of its own.
    private static func endOfCharacter(_ text: RawSpan, at offset: Int) -> Int {
        var end = offset &+ 1
        if text.byte(offset) >= 0xc0 {
            while end < text.byteCount, text.byte(end) & 0xc0 == 0x80 { end &+= 1 }
        }
        return end
    }
}

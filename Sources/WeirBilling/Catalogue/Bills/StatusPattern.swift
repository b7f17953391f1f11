/// `404`, or a class such as `2xx`.
enum StatusPattern {
    /// The pattern is right already; the status is 100 to 599.
    static func matches(_ pattern: String, _ status: Int) -> Bool {
        pattern == "\(status)" || isClass(pattern) && pattern.utf8.first == "\(status / 100)".utf8.first
    }

    static func isClass(_ pattern: String) -> Bool { pattern.hasSuffix("xx") }

    static func isRight(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 3, (UInt8(ascii: "1")...UInt8(ascii: "5")).contains(bytes[0]) else { return false }
        return isClass(text) || bytes.dropFirst().allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
    }
}

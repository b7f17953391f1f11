import WeirCore

/// The beginning of a line that is none, for the operator: without control characters, and without what may be a secret.
package enum LogQuote {
    /// Bytes of the line that are looked at.
    package static let maximumBytes = 120
    /// Letters and digits in a row that may be a key, and how many of them are shown.
    private static let secretBytes = 16
    private static let shownBytes = 4

    package static func quote(_ line: UnsafeRawBufferPointer) -> String {
        let bytes = Array(line.prefix(maximumBytes))
        var text = ""
        var place = 0
        while place < bytes.count {
            var end = place
            while end < bytes.count, isWord(bytes[end]) { end += 1 }
            if end - place >= secretBytes {
                text += String(decoding: bytes[place..<place + shownBytes], as: UTF8.self) + "…"
            } else if end > place {
                text += String(decoding: bytes[place..<end], as: UTF8.self)
            } else {
                end = place + 1
                text += escaped(bytes[place])
            }
            place = end
        }
        return line.count > maximumBytes ? text + "…" : text
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte.isDigit || byte.lowercasedASCII &- 0x61 < 26 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    private static func escaped(_ byte: UInt8) -> String {
        if (0x20..<0x7f).contains(byte), byte != UInt8(ascii: "\\") { return String(UnicodeScalar(byte)) }
        let digits = String(byte, radix: 16)
        return byte == UInt8(ascii: "\\") ? "\\\\" : "\\x" + (digits.count < 2 ? "0" : "") + digits
    }
}

/// A part of a path, with what is escaped in it as it was meant.
enum PathText {
    /// Nil where an escape is none, or the bytes are no UTF-8.
    static func decoded(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        var offset = 0
        while offset < bytes.count {
            if bytes[offset] == UInt8(ascii: "%") {
                let digits = bytes[min(offset + 1, bytes.count)..<min(offset + 3, bytes.count)]
                guard digits.count == 2, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
                    let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
                else { return nil }
                decoded.append(byte)
                offset += 3
            } else {
                decoded.append(bytes[offset])
                offset += 1
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }
}

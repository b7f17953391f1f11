/// The text of a cursor: the place in hexadecimal, a dot, and what shows that the place was given out here.
package struct CursorText: Equatable, Sendable {
    /// Bytes of the longest text that is read.
    package static let maximumBytes = 512

    package let place: String
    package let proof: String

    package init(place: String, proof: String) {
        self.place = place
        self.proof = proof
    }

    /// Reads what `text` writes; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.maximumBytes, parts.count == 2, let bytes = Self.bytes(parts[0]),
            let place = String(validating: bytes, as: UTF8.self)
        else { return nil }
        self.init(place: place, proof: String(parts[1]))
    }

    package var text: String { place.utf8.map(Self.digits).joined() + "." + proof }

    private static let alphabet = Array("0123456789abcdef".utf8)

    private static func digits(_ byte: UInt8) -> String {
        String(decoding: [alphabet[Int(byte >> 4)], alphabet[Int(byte & 15)]], as: UTF8.self)
    }

    private static func bytes(_ text: Substring) -> [UInt8]? {
        let digits = text.utf8.map { alphabet.firstIndex(of: $0).map(UInt8.init) }
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[place], let low = digits[place + 1] else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}

import WeirCore

/// Why the body of a report was refused, for people: which entry, which field, and what was expected.
struct HTTPReportProblem: Error {
    /// Which entry, from 1; 0 for the body as a whole.
    let entry: Int
    let field: StaticString
    let expected: StaticString
    /// A field's name that is not known, in the body; empty otherwise.
    var name = 0..<0

    init(entry: Int, field: StaticString, expected: StaticString) {
        self.entry = entry
        self.field = field
        self.expected = expected
    }

    /// Bytes of a client's own word that are shown.
    private static let maximumNameBytes = 40

    /// One line of `application/problem+json`.
    ///
    /// - Parameter body: the bytes that `name` points into.
    func write(_ body: RawSpan, to writer: inout ByteWriter) {
        writer.append(
            "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"detail\":\"" as StaticString)
        if entry > 0 {
            writer.append("entry " as StaticString)
            writer.append(decimal: UInt64(entry))
            writer.append(", " as StaticString)
        }
        writer.append(field)
        if !name.isEmpty {
            writer.append(" " as StaticString)
            for offset in name.prefix(Self.maximumNameBytes) {
                let byte = body.byte(offset)
                let isWord = byte.isDigit || byte.lowercasedASCII &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_")
                writer.append(isWord || byte == UInt8(ascii: "-") ? byte : UInt8(ascii: "?"))
            }
        }
        writer.append(": expected " as StaticString)
        writer.append(expected)
        writer.append("; nothing was counted\"}" as StaticString)
    }
}

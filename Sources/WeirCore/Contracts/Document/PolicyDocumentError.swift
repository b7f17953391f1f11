/// Why a policy document is refused: where, which field, what was expected and what was found.
package struct PolicyDocumentError: Error, Equatable, Sendable {
    /// The line, from 1 on; 0 for the document as a whole.
    package var line: Int
    package var field: String
    package var expected: String
    /// A part of what stands there, or empty.
    package var found: String

    package init(line: Int, field: String, expected: String, found: String = "") {
        self.line = line
        self.field = field
        self.expected = expected
        self.found = found
    }

    /// Bytes of a foreign text that are quoted.
    static let quotedBytes = 60
}

extension PolicyDocumentError: CustomStringConvertible {
    package var description: String {
        let place = line > 0 ? "line \(line): " : ""
        return "\(place)\(field): expected \(expected)" + (found.isEmpty ? "" : ", found \"\(found)\"")
    }
}

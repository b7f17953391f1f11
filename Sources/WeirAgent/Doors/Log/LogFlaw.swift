/// Why a line is none that can be counted: what was expected, and where.
package struct LogFlaw: Error, Equatable, Sendable, CustomStringConvertible {
    /// The field that is wrong; empty where the text is none of JSON.
    package let field: String
    package let expected: String
    /// Bytes before it.
    package let offset: Int

    init(_ expected: StaticString, field: StaticString = "", at offset: Int) {
        self.expected = "\(expected)"
        self.field = "\(field)"
        self.offset = offset
    }

    package var description: String {
        field.isEmpty ? "expected \(expected) at byte \(offset)" : "\(field): expected \(expected) at byte \(offset)"
    }
}

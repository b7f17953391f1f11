/// What is wrong with the URL of a database. It quotes no password.
package struct PostgreSQLAddressError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The part of the URL that is wrong.
    package enum Part: String, Sendable {
        case scheme, user, password, host, port, database, query
    }

    package let part: Part
    package let found: String
    package let expected: String
    /// What to write instead.
    package let hint: String

    init(_ part: Part, found: String, expected: String, hint: String) {
        self.part = part
        self.found = found
        self.expected = expected
        self.hint = hint
    }

    package var description: String { "\(part.rawValue): expected \(expected), found \(found); write \(hint)" }
}

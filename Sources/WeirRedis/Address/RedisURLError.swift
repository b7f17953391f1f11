/// What is wrong with the URL of a store. It quotes no credentials.
package struct RedisURLError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The part of the URL that is wrong.
    package enum Part: String, Sendable {
        case scheme, credentials, host, port, database, name, path, query
    }

    package var part: Part
    /// Where it begins, in bytes from 0.
    package var offset: Int
    /// What stood there or is missing; never a user or a password.
    package var found: String
    /// What belongs there.
    package var expected: String
    /// What to write instead.
    package var hint: String

    /// One line: the part with its column, counted from 1, what was expected, what to write.
    package var description: String {
        "\(part.rawValue) at column \(offset + 1): expected \(expected), found \(found); write \(hint)"
    }
}

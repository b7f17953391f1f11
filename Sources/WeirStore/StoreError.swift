/// Why the database did not do what was asked.
package struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Code: Sendable {
        /// Another process holds it; later may go.
        case busy
        /// Its schema is newer than this program.
        case newer
        /// It cannot be opened at all.
        case unavailable
        /// More rows than may be asked for at once.
        case tooMany
        /// Anything else: a full disk, a damaged page, a wrong statement.
        case failed
    }

    package let code: Code
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

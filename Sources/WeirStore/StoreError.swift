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
        /// What was asked goes against what is there; `refusal` says which field, and how.
        case refused
        /// Anything else: a full disk, a damaged page, a wrong statement.
        case failed
    }

    package let code: Code
    package let description: String
    /// What was refused, where the code is `refused`.
    package let refusal: Refusal?

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
        refusal = nil
    }

    package init(refusal: Refusal) {
        code = .refused
        description = "\(refusal.field): \(refusal.detail)"
        self.refusal = refusal
    }
}

/// Why the store refuses what was asked of it: nothing was changed. What the database itself could not do is a
/// `StoreError` of another code.
package struct Refusal: Equatable, Sendable {
    package enum Kind: Sendable {
        /// There is no such row.
        case missing
        /// It goes against what is there already.
        case conflict
        /// A field refers to what is not there, or its value cannot be.
        case invalid
        /// The caller may not touch this row.
        case forbidden
    }

    package let kind: Kind
    /// The field of the request, by its name on the wire.
    package let field: String
    /// What was expected, and what to do.
    package let detail: String

    package init(_ kind: Kind, _ field: String, _ detail: String) {
        self.kind = kind
        self.field = field
        self.detail = detail
    }
}

extension StoreError {
    /// A refusal, as what a transaction's body throws: it is rolled back.
    package static func refused(_ kind: Refusal.Kind, _ field: String, _ detail: String) -> StoreError {
        StoreError(refusal: Refusal(kind, field, detail))
    }
}

/// One movement of a grant, as its consumer sees it.
package struct StatementLine: Equatable, Sendable {
    package let transfer: String
    /// The account's n-th movement, from 1: pages go on behind it.
    package let entry: Int64
    package let at: Int64
    /// purchase, topup, draw, expiry, …
    package let code: String
    /// Above 0 where it credits, below 0 where it takes.
    package let amount: Int64
    /// The settled balance before and behind it.
    package let before: Int64
    package let after: Int64
    package let referenceKind: String
    package let reference: String
    package let actor: String
    package let reason: String
}

/// What a seller stands to lose if a consumer never pays, in base units of the ledger.
package struct Exposure: Equatable, Sendable {
    package let ledger: String
    /// Billed, and not paid.
    package let unpaid: Int64
    /// Used, and not billed.
    package let unbilled: Int64
    /// Lent to agents, who may be using it.
    package let lent: Int64
    /// What the use has cost upstream already.
    package let upstream: Int64
    package let creditLimit: Int64
    /// What may still be lent.
    package let available: Int64

    /// unpaid + unbilled + upstream.
    package var total: Int64 { unpaid + unbilled + upstream }
}

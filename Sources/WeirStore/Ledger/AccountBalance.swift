/// An account's columns, in base units of its ledger.
package struct AccountBalance: Equatable, Sendable {
    /// All that ever came in, and all that ever went out.
    package let credits: Int64
    package let debits: Int64
    /// Set aside for windows that are open.
    package let pending: Int64
    /// What it may go down to: 0, or less by a credit limit.
    package let floor: Int64

    package init(credits: Int64, debits: Int64, pending: Int64, floor: Int64) {
        self.credits = credits
        self.debits = debits
        self.pending = pending
        self.floor = floor
    }

    /// What is settled: below 0 where there is credit.
    package var settled: Int64 { credits - debits }
    /// What can still be lent, or moved away.
    package var available: Int64 { credits - debits - pending - floor }
}

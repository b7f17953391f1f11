/// What a change of a subscription calls for; whoever keeps the ledger does it, in the transaction that stores the subscription.
package enum SubscriptionEvent: Hashable, Sendable {
    /// A contract has begun: its fee is due, its grants are to be issued. The fee is exact; an invoice line rounds it.
    case began(Contract, plan: Plan, fee: ExactAmount, grants: [GrantTerms])
    /// A package was bought once more.
    case bought(Contract, fee: Money, grants: [GrantTerms])
    /// A contract is over at an instant: its grants expire then, and its usage can be invoiced.
    case closed(Contract, at: Int64)
    /// What a fee that was charged for the contract is worth less: below 0.
    case credited(Contract, ExactAmount)
    /// No contract follows until it is paid.
    case lapsed(at: Int64)
    case ended(at: Int64)
}

/// A movement from one account to another of the same ledger, before it is posted. It is never changed afterwards.
struct Transfer {
    /// The idempotency key: derived from what causes the transfer.
    var id: String
    var ledger: String
    /// The account that gives.
    var debit: String
    /// The account that takes.
    var credit: String
    /// 1 or more.
    var amount: Int64
    var code: Code
    var reference: Reference
    var actor: String
    var reason: String
    /// Whether the giving account had set the amount aside, as pending.
    var isHeld = false

    /// What a statement calls it.
    enum Code: String {
        case purchase, topup, renewal, trial, adjust, refund, payment, bill, draw, reversal, expiry, shrink
        /// A fee that is due, and what of one is given back.
        case fee, credit
    }

    /// What it is for: an order, a window, an invoice, a grant, a contract's charge.
    struct Reference {
        enum Kind: String {
            case order, window, invoice, grant, charge
        }

        var kind: Kind
        var id: String
    }
}

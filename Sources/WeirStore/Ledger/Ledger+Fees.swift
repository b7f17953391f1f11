package import WeirBilling

/// Fees of subscriptions: due when a period begins, paid at once or later. The account `receivable` of a subscription has what is posted
/// and not paid; below 0, what was given back and waits for the next fee.
extension Ledger {
    /// What is due of a subscription, in nano-units; below 0 where the consumer has something left.
    package func outstanding(of subscription: String, in currency: Currency) throws(StoreError) -> Int64 {
        let rows = try connection.run(
            "SELECT debits_posted - credits_posted FROM account WHERE ledger = $1 AND kind = 'receivable' AND owner = $2",
            [.text(LedgerUnit.money(currency).name), .text(subscription)])
        return try rows.first.map { row throws(StoreError) in try row.integer(0) } ?? 0
    }

    /// Posts a fee, or below 0 what of one is given back, rounded up to whole nano-units.
    ///
    /// - Parameter charge: the id of its row, from which the transfer has its own: it is posted once.
    package func post(
        _ amount: ExactAmount, charge: String, of subscription: String, consumer: String, actor: String, reason: String
    ) throws(StoreError) {
        let nano = amount.roundedUp.nano
        guard nano != 0 else { return }
        let ledger = LedgerUnit.money(amount.currency).name
        let receivable = try account(.receivable, of: subscription, in: ledger)
        let earned = try account(.earned, of: consumer, in: ledger)
        let isFee = nano > 0
        try post(
            Transfer(
                id: Identifier.derived(.transfer, from: charge), ledger: ledger, debit: isFee ? receivable : earned,
                credit: isFee ? earned : receivable, amount: abs(nano), code: isFee ? .fee : .credit,
                reference: .init(kind: .charge, id: charge), actor: actor, reason: reason))
    }
}

extension ExactAmount {
    /// The smallest whole number of nano-units that is not below the amount.
    package var roundedUp: Money { Money(nano: whole.nano + (remainder > 0 ? 1 : 0), currency) }
}

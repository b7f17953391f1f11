package import WeirBilling

/// What is due, and what is paid.
extension Contracts {
    /// Charges the fee of a contract that begins.
    func charge(_ fee: ExactAmount, of contract: Contract, _ held: HeldSubscription) throws(StoreError) {
        guard !fee.isZero else { return }
        try charge(fee, .fee, of: contract, from: contract.start, "fee of \(contract.name)", held)
    }

    /// Gives back what of a contract's fee is for seconds that are not used; nothing of a fee that was never charged.
    func credit(_ amount: ExactAmount, of contract: Contract, _ held: HeldSubscription) throws(StoreError) {
        let fees = try connection.run(
            "SELECT id FROM contract_charge WHERE contract_id = $1 AND kind = 'fee' AND order_id = '' LIMIT 1",
            [.text(contract.name)])
        guard !fees.isEmpty, !amount.isZero else { return }
        let from = max(now, contract.start)
        try charge(amount, .credit, of: contract, from: from, "rest of the fee of \(contract.name)", held)
    }

    private func charge(
        _ amount: ExactAmount, _ kind: ChargeRow.Kind, of contract: Contract, from start: Int64, _ reason: String,
        _ held: HeldSubscription
    ) throws(StoreError) {
        // Derived from the contract, so that the table itself refuses a second one.
        let id = Identifier.derived(.charge, from: "\(kind.rawValue)/\(contract.name)")
        try catalogue.insert(
            ChargeRow(
                id: id, contractID: contract.name, kind: kind, amount: amount, serviceStart: start,
                serviceEnd: max(start, contract.end ?? start), madeAt: now))
        try ledger.post(
            amount, charge: id, of: held.row.id, consumer: held.row.consumerID, actor: actor, reason: reason)
    }

    /// Brings what is due since when to what the ledger says; where all is paid, one that had lapsed begins again.
    func settle(_ held: inout HeldSubscription) throws(StoreError) {
        let due = try ledger.outstanding(of: held.row.id, in: held.value.plan.currency)
        if due > 0 { return held.setDue(since: try dueSince(due, held)) }
        guard held.value.dueSince != nil else { return }
        let events = try asModelled { () throws(BillingError) in try held.value.paid(at: now, clock: clock) }
        if events.isEmpty { return }
        try apply(events, to: &held)
        try settle(&held)
    }

    /// When the oldest fee became due that is not paid whole: payments and credits go to the oldest first, so that what is due is of the newest.
    private func dueSince(_ due: Int64, _ held: HeldSubscription) throws(StoreError) -> Int64 {
        let fees = try connection.run(
            """
            SELECT contract_charge.nano + CASE WHEN contract_charge.remainder > 0 THEN 1 ELSE 0 END, contract_charge.service_start
            FROM contract JOIN contract_charge ON contract_charge.contract_id = contract.id
            WHERE contract.subscription_id = $1 AND contract_charge.kind = 'fee' AND contract_charge.order_id = ''
            ORDER BY contract_charge.service_start DESC, contract.number DESC LIMIT 1000
            """, [.text(held.row.id)])
        var (left, since) = (due, held.value.contract.start)
        for fee in fees where left > 0 {
            left -= try fee.integer(0)
            since = try fee.integer(1)
        }
        return since
    }

    // MARK: Payments

    /// Pays what is due of a subscription, or a part of it; the oldest first.
    ///
    /// - Parameters:
    ///   - amount: nil for all that is due.
    ///   - order: the payer's id of it: the same again changes nothing.
    package func pay(
        _ amount: Money?, of subscription: String, order: String, reason: String
    ) throws(StoreError) -> (receipt: OrderReceipt, isNew: Bool) {
        var held = try held(subscription)
        let plan = held.value.plan
        if let known = try known(order, by: held.row.consumerID), amount == nil {
            guard known.kind == .payment, known.subscription == held.row.id else {
                throw .refused(.conflict, "order_id", "it was used for another order before: use another id")
            }
            try finish(&held)
            return (try ledger.receipt(known.id), false)
        }
        if let amount, amount.currency != plan.currency {
            throw .refused(
                .conflict, "currency",
                "expected \(plan.currency.code), which the contract is in, found \(amount.currency.code)")
        }
        let due = max(0, try ledger.outstanding(of: held.row.id, in: plan.currency))
        if amount == nil, due == 0, (plan.fee?.nano ?? 0) > 0 {
            throw .refused(
                .conflict, "order_id", "nothing is due of \(held.row.id): its period is paid")
        }
        let (receipt, isNew) = try ledger.place(
            Order(
                externalID: order, consumer: held.row.consumerID, subscription: held.row.id, kind: .payment,
                price: amount ?? Money(nano: due, plan.currency), lines: [], actor: actor, reason: reason))
        if isNew, receipt.amount > 0 {
            try settle(&held)
            try note("paid", held, receipt.id)
        }
        try finish(&held)
        return (receipt, isNew)
    }

    /// The order that a consumer's id stands for.
    private func known(_ order: String, by consumer: String) throws(StoreError) -> (
        id: String, kind: Order.Kind?, subscription: String
    )? {
        let rows = try connection.run(
            "SELECT id, kind, subscription FROM orders WHERE consumer = $1 AND external_id = $2",
            [.text(consumer), .text(order)])
        return try rows.first.map { row throws(StoreError) in
            (try row.text(0), Order.Kind(rawValue: try row.text(1)), try row.text(2))
        }
    }

    /// Buys a package, once more or for the first time.
    package func buy(_ subscription: String, order: String) throws(StoreError) -> (receipt: OrderReceipt, isNew: Bool) {
        var held = try held(subscription)
        let (plan, row) = (held.value.plan, try catalogue.plan(held.row.planID, field: "plan"))
        let start = max(now, held.value.contract.start)
        let isKnown = try known(order, by: held.row.consumerID) != nil
        let grants = try asModelled { () throws(BillingError) in
            if !isKnown { _ = try held.value.buy(at: start, clock: clock) }
            return try plan.packageGrants(at: start, clock: clock)
        }
        let (receipt, isNew) = try ledger.place(
            Order(
                externalID: order, consumer: held.row.consumerID, subscription: held.row.id, kind: .purchase,
                price: plan.fee, lines: try lines(grants, row), actor: actor, reason: "\(row.code) \(row.number)"))
        if isNew, let fee = plan.fee, fee.nano > 0 {
            try catalogue.insert(
                ChargeRow(
                    id: Identifier.derived(.charge, from: "purchase/\(receipt.id)"),
                    contractID: held.value.contract.name, kind: .fee, amount: ExactAmount(fee), serviceStart: start,
                    serviceEnd: grants.compactMap(\.expires).max() ?? start, orderID: receipt.id, madeAt: now))
        }
        try finish(&held)
        return (receipt, isNew)
    }

    /// A consumer's subscriptions of which something is due.
    package func due(of consumer: String) throws(StoreError) -> [SubscriptionRow] {
        let rows = try connection.run(
            """
            SELECT subscription.id FROM subscription JOIN account ON account.owner = subscription.id AND account.kind = 'receivable'
            WHERE subscription.consumer_id = $1 AND account.debits_posted > account.credits_posted ORDER BY subscription.id
            """, [.text(consumer)])
        return try rows.map { row throws(StoreError) in try catalogue.subscription(try row.text(0)) }
    }
}

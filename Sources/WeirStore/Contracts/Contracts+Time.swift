import WeirBilling

/// What time brings: periods that are prepared, begin and end.
extension Contracts {
    /// Ends and begins contracts up to now, each at its instant.
    func advance(_ held: inout HeldSubscription) throws(StoreError) {
        for _ in 0..<Subscription.mostContracts {
            guard held.value.endedAt == nil, !held.value.isLapsed, let end = held.end, end <= now else { return }
            let number = held.value.contract.number
            try apply(try pass(end, &held), to: &held)
            try settle(&held)
            if held.value.contract.number != number { try note("renewed", held, held.value.contract.name) }
        }
    }

    /// Moves the model over the end of its contract.
    private func pass(_ end: Int64, _ held: inout HeldSubscription) throws(StoreError) -> [SubscriptionEvent] {
        try asModelled { () throws(BillingError) in
            if held.askedEnd == end, end != held.value.contract.end {
                return try held.value.cancel(at: max(end, held.value.contract.start), .now)
            }
            if held.askedEnd == end { _ = try held.value.cancel(at: held.value.contract.start, .periodEnd) }
            return try held.value.advance(to: end, clock: clock)
        }
    }

    /// Issues what the next period grants, and tells agents of it, when the one that runs is nearly over: they go on to the second, whether
    /// they hear of anybody then or not.
    ///
    /// A period that has to be paid first is not prepared: it begins without access.
    func prepare(_ held: inout HeldSubscription) throws(StoreError) {
        guard held.row.next == nil, !held.isLast, held.value.endedAt == nil, !held.value.isLapsed,
            let end = held.end, now < end, end - Self.ahead <= now,
            let (contract, plan, fee, grants) = try following(held), try !isDenied(fee, plan, at: end, held)
        else { return }
        let row = try row(of: plan)
        try issue(grants, of: contract, row, held)
        held.row.next = SubscriptionRow.NextPeriod(number: contract.number, from: end, planID: row.id)
    }

    /// The period that follows as things are; nil where none does.
    func following(
        _ held: HeldSubscription
    ) throws(StoreError) -> (contract: Contract, plan: Plan, fee: ExactAmount, grants: [GrantTerms])? {
        guard let end = held.value.contract.end else { return nil }
        var copy = held.value
        let events = try asModelled { () throws(BillingError) in try copy.advance(to: end, clock: clock) }
        guard case .began(let contract, let plan, let fee, let grants) = events.last else { return nil }
        return (contract, plan, fee, grants)
    }

    /// Whether a period would begin with a fee that had to be paid at once.
    private func isDenied(
        _ fee: ExactAmount, _ plan: Plan, at end: Int64, _ held: HeldSubscription
    ) throws(StoreError) -> Bool {
        guard plan.overdueGraceSeconds == 0 else { return false }
        return try ledger.outstanding(of: held.row.id, in: plan.currency) + fee.roundedUp.nano > 0
    }

    /// Takes a period back that was prepared: it will not begin, or not as it was.
    func withdraw(_ held: inout HeldSubscription) throws(StoreError) {
        guard let next = held.row.next else { return }
        held.row.next = nil
        let order = orderID(of: "\(held.row.id)/\(next.number)", held)
        held.withdrawals += 1
        let grants = try connection.run(
            """
            SELECT credit_grant.id FROM orders JOIN credit_grant ON credit_grant.order_id = orders.id
                AND credit_grant.consumer = orders.consumer AND credit_grant.subscription = orders.subscription
            WHERE orders.consumer = $1 AND orders.external_id = $2 AND credit_grant.closed_at IS NULL ORDER BY credit_grant.id
            """, [.text(held.row.consumerID), .text(order)])
        for row in grants {
            guard let grant = try ledger.grant(try row.text(0)) else { continue }
            try ledger.end(grant, reason: "the period does not begin as it was prepared")
        }
    }
}

import WeirBilling

/// How subscriptions begin.
extension Contracts {
    /// Makes a subscription: its first contract, what that grants, the fee that is due.
    ///
    /// A consumer gets one trial of a plan. One that starts in the past goes through its periods at once.
    ///
    /// - Parameters:
    ///   - version: the number of the plan's version that was shown to who accepts.
    ///   - starts: nil for now.
    package func start(
        _ consumer: ConsumerRow, on reference: String, version: Int64, by accepter: String, starts: Int64? = nil,
        ends: Int64? = nil
    ) throws(StoreError) -> SubscriptionRow {
        if let starts, starts < now - Self.longestPast {
            throw .refused(
                .invalid, "starts_at",
                "expected a time of the last \(Self.longestPast / 86_400) days or to come, found \(starts)")
        }
        let row = try catalogue.subscribe(
            consumer, to: reference, version: version, by: accepter, starts: starts, ends: ends)
        let plan = try plan(row.planID)
        let hadTrial = plan.trialDays > 0 ? try hadTrial(row.consumerID, of: plan.code) : false
        let (value, events) = try asModelled(.invalid) { () throws(BillingError) in
            try Subscription.start(row.id, plan, at: row.startsAt, withTrial: !hadTrial, clock: clock)
        }
        _ = try connection.run(
            """
            INSERT INTO subscription_state (id, anchor, following, is_paused, is_lapsed, asked_end, withdrawals, revision)
            VALUES ($1, $2, '', 0, 0, $3, 0, 1)
            """, [.text(row.id), .integer(value.anchor), .integer(optional: ends)])
        var held = HeldSubscription(row, value, askedEnd: ends)
        try apply(events, to: &held)
        try settle(&held)
        try advance(&held)
        return try finish(&held)
    }

    private func hadTrial(_ consumer: String, of code: String) throws(StoreError) -> Bool {
        try !connection.run(
            """
            SELECT contract.id FROM subscription JOIN contract ON contract.subscription_id = subscription.id
            JOIN plan ON plan.id = contract.plan_id
            WHERE subscription.consumer_id = $1 AND plan.code = $2 AND contract.is_trial = 1 LIMIT 1
            """, [.text(consumer), .text(code)]
        ).isEmpty
    }

    /// Gives a subscription of a database that had no periods the one that runs: what was before stays one contract, without a fee that
    /// nobody spoke of then.
    func adopt(_ held: inout HeldSubscription) throws(StoreError) {
        let before = held.value.contract
        if held.value.endedAt != nil { return }
        guard held.value.plan.mode != .package, let period = held.value.plan.period else {
            return try adopt(
                Contract(
                    subscription: before.subscription, number: before.number, start: before.start, end: nil,
                    wholeStart: before.start, isTrial: false), in: &held)
        }
        let span = try asModelled { () throws(BillingError) in
            try clock.span(of: period, since: before.start, holding: max(now, before.start))
        }
        var contract = Contract(
            subscription: before.subscription, number: before.number, start: before.start, end: span.end,
            wholeStart: span.wholeStart, isTrial: false)
        if span.wholeStart > before.start {
            try close(before, at: now)
            contract = Contract(
                subscription: before.subscription, number: before.number + 1, start: now, end: span.end,
                wholeStart: span.wholeStart, isTrial: false)
            try catalogue.insert(ContractRow(contract, planID: held.row.planID))
            held.setContract(contract)
        } else {
            try adopt(contract, in: &held)
        }
    }

    /// Writes the first contract as it should have been.
    private func adopt(_ contract: Contract, in held: inout HeldSubscription) throws(StoreError) {
        try catalogue.update(ContractRow(contract, planID: held.row.planID))
        held.setContract(contract)
    }
}

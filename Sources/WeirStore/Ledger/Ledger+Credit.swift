/// Credit: how far a balance may go below 0, what of that is billed, and what it costs upstream.
extension Ledger {
    /// Sets how far the balance of a subscription may go below 0; makes the balance where there is none.
    ///
    /// - Throws: a refusal when more than that is owed already.
    @discardableResult
    package func setCreditLimit(
        _ limit: Int64, of subscription: String, consumer: String, unit: LedgerUnit, ceiling: UnitCeiling = .one,
        priority: Int64 = 0
    ) throws(StoreError) -> CreditGrant {
        guard (0...Self.maximumAmount).contains(limit) else {
            throw .refused(.invalid, "credit_limit", "expected 0 to \(Self.maximumAmount), found \(limit)")
        }
        try LedgerText.check(consumer, "consumer")
        try LedgerText.check(subscription, "subscription")
        let known = try balanceGrant(subscription, of: consumer, in: unit.name)
        guard let known else {
            return try open(
                .balance, for: consumer, subscription: subscription, order: "",
                line: OrderLine(unit: unit, amount: 1, priority: priority, ceiling: ceiling), creditLimit: limit)
        }
        let account = try balance(of: known.account)
        let owed = max(0, account.pending - account.settled) + (try unpaid(known))
        guard owed <= limit else {
            throw .refused(
                .conflict, "credit_limit",
                "expected \(owed) or more, which is owed already or lent to agents, found \(limit): ask for payment first"
            )
        }
        _ = try connection.run(
            "UPDATE credit_grant SET credit_limit = $1 WHERE id = $2", [.integer(limit), .text(known.id)])
        let changed = try referred(known.id, field: "grant")
        try setFloor(of: changed)
        try touch(known.id)
        return try referred(known.id, field: "grant")
    }

    /// What is billed of a grant and not paid.
    func unpaid(_ grant: CreditGrant) throws(StoreError) -> Int64 {
        let rows = try connection.run(
            "SELECT debits_posted - credits_posted FROM account WHERE ledger = $1 AND kind = 'receivable' AND owner = $2",
            [.text(grant.ledger), .text(grant.id)])
        return try rows.first.map { row throws(StoreError) in try row.integer(0) } ?? 0
    }

    /// Bills what a balance is below 0: an invoice was issued. Until it is paid, the credit limit is lower by as much, so that what
    /// may be spent stays what it was. The same invoice again changes nothing.
    package func bill(
        _ amount: Int64, of grant: String, invoice: String, actor: String
    ) throws(StoreError) {
        let grant = try referred(grant, field: "grant")
        try LedgerText.check(invoice, "invoice")
        let id = Identifier.derived(.transfer, from: "bill/\(grant.id)/\(invoice)")
        let known = try connection.run("SELECT amount FROM transfer WHERE id = $1", [.text(id)])
        if let row = known.first {
            let before = try row.integer(0)
            if before == amount { return }
            throw .refused(
                .conflict, "amount", "expected \(before), which \(invoice) has billed already, found \(amount)")
        }
        let owed = -(try balance(of: grant.account).settled)
        guard amount > 0, amount <= owed else {
            throw .refused(
                .conflict, "amount", "expected 1 to \(max(0, owed)), which is owed and not billed, found \(amount)")
        }
        try post(
            Transfer(
                id: id, ledger: grant.ledger,
                debit: account(.receivable, of: grant.id, in: grant.ledger), credit: grant.account, amount: amount,
                code: .bill, reference: .init(kind: .invoice, id: invoice), actor: actor, reason: "billed"))
        try setFloor(of: grant)
    }

    /// Notes what the use that is not paid yet has cost upstream: it takes from the credit limit, as far as something is left of it.
    package func setUpstream(_ amount: Int64, of grant: String) throws(StoreError) {
        guard (0...Self.maximumAmount).contains(amount) else {
            throw .refused(.invalid, "upstream", "expected 0 to \(Self.maximumAmount), found \(amount)")
        }
        let grant = try referred(grant, field: "grant")
        _ = try connection.run(
            "UPDATE credit_grant SET upstream = $1 WHERE id = $2", [.integer(amount), .text(grant.id)])
        try setFloor(of: try referred(grant.id, field: "grant"))
    }

    /// Puts the floor where limit, unpaid bills and upstream cost have it: −(limit − unpaid − upstream), though never above what is left.
    func setFloor(of grant: CreditGrant) throws(StoreError) {
        let account = try balance(of: grant.account)
        let highest = account.credits - account.debits - account.pending
        let floor = try unpaid(grant) - grant.creditLimit
        let held = max(0, min(grant.upstream, highest - floor))
        _ = try connection.run(
            "UPDATE account SET floor = $1 WHERE id = $2", [.integer(floor + held), .text(grant.account)])
        _ = try connection.run(
            "UPDATE credit_grant SET upstream_held = $1 WHERE id = $2", [.integer(held), .text(grant.id)])
    }

    /// What a seller stands to lose if the consumer never pays.
    package func exposure(of grant: String) throws(StoreError) -> Exposure {
        let grant = try referred(grant, field: "grant")
        let account = try balance(of: grant.account)
        return Exposure(
            ledger: grant.ledger, unpaid: try unpaid(grant), unbilled: max(0, -account.settled), lent: account.pending,
            upstream: grant.upstream, creditLimit: grant.creditLimit, available: account.available)
    }
}

/// Grants: how they come about, and what is left of them.
extension Ledger {
    /// A grant by its id.
    package func grant(_ id: String) throws(StoreError) -> CreditGrant? {
        let rows = try connection.run(
            "SELECT \(CreditGrant.columns) FROM credit_grant WHERE id = $1", [.text(id)])
        return try rows.first.map { row throws(StoreError) in try CreditGrant(row) }
    }

    /// A grant that a request refers to.
    func referred(_ id: String, field: String) throws(StoreError) -> CreditGrant {
        guard let grant = try grant(id) else {
            throw .refused(
                .invalid, field, "expected the id of a grant, found \(LedgerText.quoted(id)), which is none")
        }
        return grant
    }

    /// A consumer's grants that are not closed, in the order in which they are drawn: priority, expiry with those that never end last,
    /// creation, id.
    package func balances(
        of consumer: String, subscription: String? = nil, limit: Int = 1_000
    ) throws(StoreError) -> [GrantBalance] {
        var values: [SQLValue] = [.text(consumer)]
        var filter = ""
        if let subscription {
            values.append(.text(subscription))
            filter = " AND credit_grant.subscription = $2"
        }
        values.append(.integer(Int64(limit)))
        return try balances(
            """
            WHERE credit_grant.consumer = $1 AND credit_grant.closed_at IS NULL\(filter)
            ORDER BY credit_grant.priority, credit_grant.expires_at IS NULL, credit_grant.expires_at, credit_grant.created_at,
                credit_grant.id
            LIMIT $\(values.count)
            """, values)
    }

    /// Grants that agents have to be told of, as they have changed since a version; without those that were over before the first, and
    /// those of subscriptions that the catalogue does not know.
    package func changes(since version: Int64) throws(StoreError) -> [GrantBalance] {
        let filter = version == 0 ? " AND credit_grant.closed_at IS NULL" : ""
        return try balances(
            """
            WHERE credit_grant.version > $1\(filter)
                AND EXISTS (SELECT 1 FROM subscription WHERE subscription.id = credit_grant.subscription)
            ORDER BY credit_grant.version, credit_grant.id
            """, [.integer(version)])
    }

    private func balances(_ condition: String, _ values: [SQLValue]) throws(StoreError) -> [GrantBalance] {
        let rows = try connection.run(
            """
            SELECT \(CreditGrant.columns), account.credits_posted, account.debits_posted, account.debits_pending, account.floor,
                (SELECT CAST(coalesce(sum(spent - shrunk - posted - freed), 0) AS BIGINT) FROM credit_window
                    WHERE credit_window.grant_id = credit_grant.id)
            FROM credit_grant JOIN account ON account.id = credit_grant.account_id \(condition)
            """, values)
        var balances: [GrantBalance] = []
        for row in rows {
            let first = CreditGrant.columnCount
            balances.append(
                GrantBalance(
                    grant: try CreditGrant(row),
                    account: AccountBalance(
                        credits: try row.integer(first), debits: try row.integer(first + 1),
                        pending: try row.integer(first + 2), floor: try row.integer(first + 3)),
                    unsettled: try row.integer(first + 4)))
        }
        return balances
    }

    /// The balance of a subscription in a ledger, where there is one.
    func balanceGrant(_ subscription: String, of consumer: String, in ledger: String) throws(StoreError) -> CreditGrant?
    {
        let rows = try connection.run(
            """
            SELECT \(CreditGrant.columns) FROM credit_grant
            WHERE consumer = $1 AND subscription = $2 AND ledger = $3 AND kind = 'balance' AND scope = ''
                AND closed_at IS NULL
            """, [.text(consumer), .text(subscription), .text(ledger)])
        return try rows.first.map { row throws(StoreError) in try CreditGrant(row) }
    }

    /// Makes a grant that holds nothing yet.
    ///
    /// - Parameters:
    ///   - id: one that follows from what it is for; nil for a new one.
    ///   - scope: the code of the one meter that money pays for.
    func open(
        _ kind: CreditGrant.Kind, for consumer: String, subscription: String, order: String, line: OrderLine,
        creditLimit: Int64 = 0, id: String? = nil, scope: String = ""
    ) throws(StoreError) -> CreditGrant {
        let id = id ?? identifier.next(.grant)
        let account = try account(.grant, of: id, in: line.unit.name, floor: -creditLimit)
        _ = try connection.run(
            """
            INSERT INTO credit_grant (id, consumer, subscription, order_id, account_id, ledger, kind, priority, effective_at,
                expires_at, created_at, closed_at, ceiling_nano, ceiling_per, credit_limit, upstream, upstream_held, version,
                scope)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, $12, $13, $14, 0, 0, $15, $16)
            """,
            [
                .text(id), .text(consumer), .text(subscription), .text(order), .text(account), .text(line.unit.name),
                .text(kind.rawValue), .integer(line.priority), .integer(line.effectiveAt ?? now),
                line.expiresAt.map { .integer($0) } ?? .null, .integer(now), .integer(line.ceiling.amount),
                .integer(line.ceiling.per), .integer(creditLimit), .integer(try nextVersion()),
                .text(scope),
            ])
        return try referred(id, field: "grant")
    }

    /// Tells agents that a grant has changed: that there is something in it again.
    func touch(_ grant: String) throws(StoreError) {
        _ = try connection.run(
            "UPDATE credit_grant SET version = $1 WHERE id = $2", [.integer(try nextVersion()), .text(grant)])
    }

    // MARK: Expiry

    /// Moves what is neither used nor lent of grants that have ended to `expired`, and closes those of which nothing is lent any more.
    /// What agents still hold comes later, when their windows are over. Any number of collectors may do it at once.
    ///
    /// - Returns: how many grants something was moved of or that were closed; fewer than `limit` when it is done.
    package func expire(limit: Int) throws(StoreError) -> Int {
        let rows = try connection.run(
            """
            SELECT \(CreditGrant.columns) FROM credit_grant JOIN account ON account.id = credit_grant.account_id
            WHERE credit_grant.closed_at IS NULL AND credit_grant.expires_at <= $1
                AND (account.debits_pending = 0 OR account.credits_posted - account.debits_posted - account.debits_pending > 0)
            ORDER BY credit_grant.expires_at, credit_grant.id LIMIT $2
            """, [.integer(now), .integer(Int64(limit))])
        for row in rows { try expire(try CreditGrant(row)) }
        return rows.count
    }

    /// Ends a grant now, whenever it would have: its period is over early, or will not begin.
    func end(_ grant: CreditGrant, reason: String) throws(StoreError) {
        _ = try connection.run(
            """
            UPDATE credit_grant SET effective_at = CASE WHEN effective_at < $1 THEN effective_at ELSE $2 END, expires_at = $1
            WHERE id = $3 AND closed_at IS NULL
            """, [.integer(now), .integer(now - 1), .text(grant.id)])
        try expire(try referred(grant.id, field: "grant"), reason: reason)
    }

    private func expire(_ grant: CreditGrant, reason: String = "not used before it ended") throws(StoreError) {
        let account = try balance(of: grant.account)
        let left = account.settled - account.pending
        if left > 0 {
            try post(
                Transfer(
                    id: Identifier.derived(.transfer, from: "expiry/\(grant.id)/\(account.debits)/\(account.credits)"),
                    ledger: grant.ledger, debit: grant.account,
                    credit: try self.account(.expired, of: grant.consumer, in: grant.ledger), amount: left,
                    code: .expiry,
                    reference: .init(kind: .grant, id: grant.id), actor: "weir", reason: reason))
        }
        if account.pending == 0 {
            _ = try connection.run(
                "UPDATE credit_grant SET closed_at = $1 WHERE id = $2", [.integer(now), .text(grant.id)])
        }
        try touch(grant.id)
    }
}

/// What is told of grants when little of them is left, and when nothing is: each once behind a credit.
extension Ledger {
    /// Little is left below this part of what the grant held behind its last credit, in percent.
    package static let lowPercent: Int64 = 20

    /// What is left of a grant, against what it held behind its last credit.
    private struct Level {
        /// How many credits it had.
        let credits: Int64
        let left: Int64
        let full: Int64
        /// Behind which credit it was told, at last.
        let lowBehind: Int64
        let usedUpBehind: Int64
    }

    /// Notes an event where the use of a grant has taken it below a mark. Part of every transaction that spends.
    func noteLevel(of grant: CreditGrant) throws(StoreError) {
        guard let level = try level(of: grant) else { return }
        // Less than one unit costs is nothing.
        let least = grant.isMoney ? max(1, grant.ceiling.cost(of: 1)) : 1
        let isUsedUp = level.left < least
        let isLow = Int128(level.left) * 100 < Int128(level.full) * Int128(Self.lowPercent)
        guard isUsedUp || isLow else { return }
        var (low, usedUp) = (level.lowBehind, level.usedUpBehind)
        if low < level.credits {
            try tell("grant.low", grant, level)
            low = level.credits
        }
        if isUsedUp, usedUp < level.credits {
            try tell("grant.used_up", grant, level)
            usedUp = level.credits
        }
        guard low != level.lowBehind || usedUp != level.usedUpBehind else { return }
        _ = try connection.run(
            """
            INSERT INTO grant_notice (grant_id, low_behind, used_up_behind) VALUES ($1, $2, $3)
            ON CONFLICT (grant_id) DO UPDATE SET low_behind = excluded.low_behind, used_up_behind = excluded.used_up_behind
            """, [.text(grant.id), .integer(low), .integer(usedUp)])
    }

    private func tell(_ kind: String, _ grant: CreditGrant, _ level: Level) throws(StoreError) {
        try Catalogue(connection, now: now, identifier: identifier).note(
            kind, consumer: grant.consumer, subject: grant.id, "\(max(0, level.left)) of \(level.full) \(grant.ledger)")
    }

    /// One question: nearly every time it is all that there is to do.
    private func level(of grant: CreditGrant) throws(StoreError) -> Level? {
        let rows = try connection.run(
            """
            SELECT account.credits_posted - account.debits_posted,
                (SELECT CAST(coalesce(sum(spent - shrunk - posted - freed), 0) AS BIGINT) FROM credit_window
                    WHERE credit_window.grant_id = $1),
                (SELECT count(*) FROM order_line WHERE order_line.grant_id = $1 AND order_line.amount > 0),
                (SELECT order_line.balance FROM order_line JOIN orders ON orders.id = order_line.order_id
                    WHERE order_line.grant_id = $1 AND order_line.amount > 0
                    ORDER BY orders.made_at DESC, orders.id DESC LIMIT 1),
                grant_notice.low_behind, grant_notice.used_up_behind
            FROM account LEFT JOIN grant_notice ON grant_notice.grant_id = $1
            WHERE account.id = $2
            """, [.text(grant.id), .text(grant.account)])
        guard let row = rows.first else { return nil }
        let full = (row.isNull(3) ? 0 : try row.integer(3)) + grant.creditLimit
        return Level(
            credits: try row.integer(2), left: try row.integer(0) - row.integer(1) + grant.creditLimit, full: full,
            lowBehind: row.isNull(4) ? -1 : try row.integer(4), usedUpBehind: row.isNull(5) ? -1 : try row.integer(5))
    }
}

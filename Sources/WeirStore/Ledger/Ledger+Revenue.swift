/// What was earned, and for what.
extension Ledger {
    /// What the contracts of a plan's version have brought in.
    package struct PlanRevenue: Equatable, Sendable {
        /// The id of the version.
        package let plan: String
        package let ledger: String
        package let amount: Int64
    }

    /// What was earned in a span by plan and currency: prices of purchases and fees, and what was drawn from balances that were paid in.
    /// What is drawn from money that a plan has given is paid with its price already.
    package func revenue(in span: Range<Int64>) throws(StoreError) -> [PlanRevenue] {
        try connection.run(
            """
            SELECT subscription.plan_id, moved.ledger, CAST(sum(moved.amount) AS BIGINT)
            FROM (\(Self.half("credit", "debit", "")) UNION ALL \(Self.half("debit", "credit", "-"))) AS moved
                JOIN subscription ON subscription.id = moved.subscription
            GROUP BY subscription.plan_id, moved.ledger ORDER BY subscription.plan_id, moved.ledger
            """, [.integer(span.lowerBound), .integer(span.upperBound)]
        ).map { row throws(StoreError) in
            PlanRevenue(plan: try row.text(0), ledger: try row.text(1), amount: try row.integer(2))
        }
    }

    /// Transfers whose one side is what was earned; the other says whose contract it is: a grant, a claim, or an order's.
    private static func half(_ earned: String, _ other: String, _ sign: String) -> String {
        """
        SELECT transfer.ledger AS ledger, \(sign)transfer.amount AS amount,
            coalesce(credit_grant.subscription, orders.subscription, other.owner) AS subscription
        FROM transfer JOIN account AS earned ON earned.id = transfer.\(earned)_id AND earned.kind = 'earned'
            JOIN account AS other ON other.id = transfer.\(other)_id
            LEFT JOIN credit_grant ON credit_grant.account_id = other.id
            LEFT JOIN orders ON orders.id = transfer.ref_id AND transfer.ref_kind = 'order'
        WHERE transfer.ledger LIKE '%/9' AND transfer.made_at >= $1 AND transfer.made_at < $2
            AND (other.kind <> 'grant' OR credit_grant.kind = 'balance')
        """
    }
}

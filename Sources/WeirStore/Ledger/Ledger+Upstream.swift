/// What post-paid use costs whoever serves it, before anybody has paid.
extension Ledger {
    /// Works out anew what the use of a grant that is not paid for has cost upstream: that of all its calls, in the part that is owed of
    /// what they were charged. It takes from the credit limit, so that a seller's exposure ends where the limit does.
    func reviewUpstream(of id: String) throws(StoreError) {
        let grant = try referred(id, field: "grant")
        guard grant.kind == .balance, grant.creditLimit > 0 else { return }
        let cost = try upstreamCost(of: grant)
        if cost == 0, grant.upstream == 0 { return }
        let charged = try charged(grant)
        let owed = min(charged, try unpaid(grant) + max(0, -(try balance(of: grant.account).settled)))
        // What is used and not settled yet is owed, too.
        let share = charged > 0 ? (cost * Int128(owed) + Int128(charged) - 1) / Int128(charged) : cost
        let amount = Int64(clamping: min(share, Int128(Self.maximumAmount)))
        if amount != grant.upstream { try setUpstream(amount, of: id) }
    }

    /// Nano-units that the calls of a grant cost upstream, in its currency: products whose cost is in another one are left out, as Weir does
    /// not convert.
    private func upstreamCost(of grant: CreditGrant) throws(StoreError) -> Int128 {
        // A cell's grant may name a meter behind a slash; a zero is the next character.
        let rows = try connection.run(
            """
            SELECT product.cost_nano, product.cost_per, CAST(sum(usage_hour.calls) AS BIGINT)
            FROM dimension JOIN usage_hour ON usage_hour.dimension_id = dimension.id
                JOIN product ON product.slug = dimension.product
            WHERE dimension.grant_id >= $1 AND dimension.grant_id < $2 AND usage_hour.outcome = 1
                AND product.cost_currency = $3 AND product.cost_nano > 0
            GROUP BY product.id, product.cost_nano, product.cost_per
            """,
            [.text(grant.id), .text(grant.id + "0"), .text(String(grant.ledger.prefix { $0 != "/" }))])
        var cost: Int128 = 0
        for row in rows {
            let (nano, per, calls) = (try row.integer(0), max(1, try row.integer(1)), try row.integer(2))
            cost += (Int128(nano) * Int128(calls) + Int128(per) - 1) / Int128(per)
        }
        return cost
    }

    /// What a grant has been charged for use, less what was taken back.
    private func charged(_ grant: CreditGrant) throws(StoreError) -> Int64 {
        try connection.run(
            """
            SELECT CAST(coalesce(sum(CASE WHEN debit_id = $1 THEN amount ELSE -amount END), 0) AS BIGINT) FROM transfer
            WHERE (debit_id = $1 OR credit_id = $1) AND code IN ('draw', 'reversal')
            """, [.text(grant.account)])[0].integer(0)
    }
}

import WeirBilling

/// Money: windows are spent at ceilings, and charged by the exact steps of each meter's price.
extension CreditWindows {
    /// What the prices say that the units since the last time cost: Σ F(after) − F(before), in whole base units. A contract's units of a
    /// meter count on, whichever of its grants pays them.
    ///
    /// - Parameter room: at most this, and at least −posted, is charged; what is left is charged with what comes next.
    func rate(_ window: CreditWindowRow, _ grant: CreditGrant, room: Int64) throws(StoreError) -> Int64 {
        var charged: Int64 = 0
        for draw in try draws(window) {
            let units = max(0, draw.units)
            let own = try state(" AND grant_id = $3", draw.part, [.text(grant.id)])
            let all = try state("", draw.part, [])
            let grown = units - draw.rated
            let step = try cost(of: max(0, all.units + grown), draw, grant) - all.posted
            let charge = max(-(window.posted + charged), min(step, room - charged))
            charged += charge
            _ = try connection.run(
                """
                INSERT INTO rated (grant_id, contract, meter, units, posted) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (grant_id, contract, meter) DO UPDATE SET units = excluded.units, posted = excluded.posted
                """,
                [
                    .text(grant.id), .text(draw.part.contract), .text(draw.part.meter),
                    .integer(max(0, own.units + grown)), .integer(own.posted + charge),
                ])
            try note(rated: units, of: draw, window)
        }
        return charged
    }

    /// Where the price of a meter stands in a contract: the units that are charged, and what was posted for them.
    private func state(
        _ condition: String, _ part: GrantSpending.Part, _ values: [SQLValue]
    ) throws(StoreError) -> (units: Int64, posted: Int64) {
        let row = try connection.run(
            """
            SELECT CAST(coalesce(sum(units), 0) AS BIGINT), CAST(coalesce(sum(posted), 0) AS BIGINT) FROM rated
            WHERE contract = $1 AND meter = $2\(condition)
            """, [.text(part.contract), .text(part.meter)] + values)[0]
        return (try row.integer(0), try row.integer(1))
    }

    /// F(units) − F(0): what is due at a period's start is charged with its fee.
    private func cost(of units: Int64, _ draw: Draw, _ grant: CreditGrant) throws(StoreError) -> Int64 {
        guard let price = try prices.price(of: draw.part.meter, in: draw.part.contract, connection) else {
            return draw.ceiling.cost(of: units)
        }
        do throws(BillingError) {
            return try price.cost(of: units).whole.subtracting(price.cost(of: 0).whole).nano
        } catch {
            throw StoreError(.failed, "the price of \(draw.part.meter) for grant \(grant.id): \(error)")
        }
    }

    /// Lets what a window that is over has reported late cost nothing.
    func forgive(_ window: CreditWindowRow) throws(StoreError) {
        for draw in try draws(window) { try note(rated: max(0, draw.units), of: draw, window) }
    }

    /// Whether the price's state does not have what a window's draws are by now.
    func isUnrated(_ window: CreditWindowRow) throws(StoreError) -> Bool {
        try draws(window).contains { max(0, $0.units) != $0.rated }
    }

    /// Takes out of the price's state what a window has drawn less than was rated, where it is not rated any more: what is charged for it
    /// beyond the price lowers the contract's next step.
    func forget(_ window: CreditWindowRow) throws(StoreError) {
        for draw in try draws(window) where max(0, draw.units) < draw.rated {
            _ = try connection.run(
                "UPDATE rated SET units = units - $1 WHERE grant_id = $2 AND contract = $3 AND meter = $4 AND units >= $5",
                [
                    .integer(draw.rated - max(0, draw.units)), .text(window.grant), .text(draw.part.contract),
                    .text(draw.part.meter), .integer(draw.rated - max(0, draw.units)),
                ])
            try note(rated: max(0, draw.units), of: draw, window)
        }
    }

    /// Takes back what was charged: the price's state says what is posted, and the next step says what had to be.
    func unrate(_ amount: Int64, _ window: CreditWindowRow) throws(StoreError) {
        let rows = try connection.run(
            """
            SELECT rated.contract, rated.meter, rated.posted FROM rated JOIN window_draw
                ON window_draw.grant_id = rated.grant_id AND window_draw.contract = rated.contract
                AND window_draw.meter = rated.meter
            WHERE rated.grant_id = $1 AND window_draw.incarnation = $2 ORDER BY rated.contract DESC, rated.meter
            """, [.text(window.grant), .text(window.incarnation)])
        var left = amount
        for row in rows where left > 0 {
            let part = min(left, try row.integer(2))
            left -= part
            _ = try connection.run(
                "UPDATE rated SET posted = posted - $1 WHERE grant_id = $2 AND contract = $3 AND meter = $4",
                [.integer(part), .text(window.grant), .text(try row.text(0)), .text(try row.text(1))])
        }
    }
}

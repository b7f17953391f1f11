import WeirBilling

/// Money: windows are spent at a ceiling, and charged by the exact steps of the price.
extension CreditWindows {
    /// Units of a window's cells by contract: a subscription and its period.
    private func contracts(_ window: CreditWindowRow) throws(StoreError) -> [(contract: String, units: Int64)] {
        try connection.run(
            """
            SELECT dimension.contract, CAST(sum(\(GrantSpending.signedUnits("cell"))) AS BIGINT)
            FROM incarnation JOIN cell ON cell.incarnation_id = incarnation.id
                JOIN dimension ON dimension.id = cell.dimension_id
            WHERE incarnation.token = $1 AND dimension.grant_id = $2
            GROUP BY dimension.contract ORDER BY dimension.contract
            """, [.text(window.incarnation), .text(window.grant)]
        ).map { row throws(StoreError) in (try row.text(0), max(0, try row.integer(1))) }
    }

    /// What the price says that the units since the last time cost: Σ F(after) − F(before), in whole base units.
    ///
    /// - Parameter room: at most this, and at least −posted, is charged; what is left is charged with what comes next.
    func rate(_ window: CreditWindowRow, _ grant: CreditGrant, room: Int64) throws(StoreError) -> Int64 {
        var charged: Int64 = 0
        for (contract, units) in try contracts(window) {
            let known = try connection.run(
                "SELECT units FROM window_rated WHERE grant_id = $1 AND incarnation = $2 AND contract = $3",
                [.text(window.grant), .text(window.incarnation), .text(contract)])
            let before = try known.first.map { row throws(StoreError) in try row.integer(0) } ?? 0
            let state = try connection.run(
                "SELECT units, posted FROM rated WHERE grant_id = $1 AND contract = $2",
                [.text(grant.id), .text(contract)])
            let total =
                max(0, try state.first.map { row throws(StoreError) in try row.integer(0) } ?? 0) + units - before
            let posted = try state.first.map { row throws(StoreError) in try row.integer(1) } ?? 0
            let step = try cost(of: max(0, total), contract, grant) - posted
            let charge = max(-(window.posted + charged), min(step, room - charged))
            charged += charge
            _ = try connection.run(
                """
                INSERT INTO rated (grant_id, contract, units, posted) VALUES ($1, $2, $3, $4)
                ON CONFLICT (grant_id, contract) DO UPDATE SET units = excluded.units, posted = excluded.posted
                """,
                [.text(grant.id), .text(contract), .integer(max(0, total)), .integer(posted + charge)])
            try note(units, contract, window)
        }
        return charged
    }

    /// F(units) − F(0): what is due at a period's start is charged with its fee.
    private func cost(of units: Int64, _ contract: String, _ grant: CreditGrant) throws(StoreError) -> Int64 {
        guard let price = try prices.price(of: grant, in: contract, connection) else {
            return grant.ceiling.cost(of: units)
        }
        do throws(BillingError) {
            return try price.cost(of: units).whole.subtracting(price.cost(of: 0).whole).nano
        } catch {
            throw StoreError(.failed, "the price of grant \(grant.id): \(error)")
        }
    }

    private func note(_ units: Int64, _ contract: String, _ window: CreditWindowRow) throws(StoreError) {
        _ = try connection.run(
            """
            INSERT INTO window_rated (grant_id, incarnation, contract, units) VALUES ($1, $2, $3, $4)
            ON CONFLICT (grant_id, incarnation, contract) DO UPDATE SET units = excluded.units
            """, [.text(window.grant), .text(window.incarnation), .text(contract), .integer(units)])
    }

    /// Lets what a window that is over has reported late cost nothing.
    func forgive(_ window: CreditWindowRow) throws(StoreError) {
        for (contract, units) in try contracts(window) { try note(units, contract, window) }
    }

    /// Takes back what was charged: the price's state says what is posted, and the next step says what had to be.
    func unrate(_ amount: Int64, _ window: CreditWindowRow) throws(StoreError) {
        let rows = try connection.run(
            """
            SELECT rated.contract, rated.posted FROM rated JOIN window_rated
                ON window_rated.grant_id = rated.grant_id AND window_rated.contract = rated.contract
            WHERE rated.grant_id = $1 AND window_rated.incarnation = $2 ORDER BY rated.contract DESC
            """, [.text(window.grant), .text(window.incarnation)])
        var left = amount
        for row in rows where left > 0 {
            let part = min(left, try row.integer(1))
            left -= part
            _ = try connection.run(
                "UPDATE rated SET posted = posted - $1 WHERE grant_id = $2 AND contract = $3",
                [.integer(part), .text(window.grant), .text(try row.text(0))])
        }
    }
}

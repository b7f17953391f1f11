import WeirBilling

/// What money grants have paid of a contract's usage, and what of it they owe.
extension Invoices {
    /// Charges what windows of the money grants have spent so far, as their closing does.
    func settleWindows(_ usage: ContractUsage) throws(StoreError) {
        let windows = CreditWindows(ledger: ledger, terms: WindowTerms(), prices: prices)
        for id in Set(usage.money.values.joined().map(\.grant)).sorted() {
            guard let grant = try ledger.grant(id) else { continue }
            let rows = try connection.run(
                """
                SELECT \(CreditWindowRow.columns) FROM credit_window
                WHERE grant_id = $1 AND state IN ('open', 'expired') AND spent - shrunk <> posted + freed
                ORDER BY incarnation
                """, [.text(id)])
            for row in rows {
                var window = try CreditWindowRow(row)
                try windows.settle(&window, grant)
                try window.write(connection)
            }
        }
    }

    /// What the money grants of a contract have paid, by meter.
    func draws(_ subject: Subject, _ usage: ContractUsage) throws(StoreError) -> [MoneyDraw] {
        var draws: [MoneyDraw] = []
        for grant in Set(usage.money.values.joined().map(\.grant)).sorted() {
            let meters = usage.money.keys.sorted().compactMap { meter in
                usage.money[meter]?.first { $0.grant == grant }.map { (meter: meter, units: $0.units) }
            }
            draws += try split(meters, of: grant, subject)
        }
        return draws
    }

    /// Divides what a grant has posted in a contract among the meters that drew on it: to each what its price says.
    private func split(
        _ meters: [(meter: String, units: Int64)], of grant: String, _ subject: Subject
    ) throws(StoreError) -> [MoneyDraw] {
        let contract = subject.row.id
        let rated = try connection.run(
            """
            SELECT CAST(coalesce(sum(units), 0) AS BIGINT), CAST(coalesce(sum(posted), 0) AS BIGINT) FROM rated
            WHERE grant_id = $1 AND contract = $2
            """, [.text(grant), .text(contract)])[0]
        let noted = try connection.run(
            """
            SELECT CAST(coalesce(sum(units), 0) AS BIGINT) FROM window_rated WHERE grant_id = $1 AND contract = $2
            """, [.text(grant), .text(contract)])[0].integer(0)
        // What was reported when its window was over costs nothing.
        var forgiven = max(0, noted - (try rated.integer(0)))
        var parts: [(meter: String, units: Int64, cost: Int64)] = []
        for (meter, units) in meters {
            let free = min(units, forgiven)
            forgiven -= free
            parts.append((meter, units - free, try cost(of: units - free, meter, subject.plan)))
        }
        let isSettled = meters.reduce(0) { $0 + $1.units } == noted
        let posted = try rated.integer(1)
        var left = isSettled ? posted : max(posted, parts.reduce(0) { $0 + $1.cost })
        let known = try known(contract)
        var draws: [MoneyDraw] = []
        for (place, part) in parts.enumerated() {
            let share = place == parts.count - 1 ? left : min(left, part.cost)
            left -= share
            draws.append(
                MoneyDraw(
                    contract: contract, meter: part.meter, grant: grant, units: part.units, posted: share,
                    known: known["\(part.meter) \(grant)"] ?? 0))
        }
        return draws
    }

    /// What a balance is charged for units: F(units) − F(0), in whole nano-units.
    func cost(of units: Int64, _ meter: String, _ plan: Plan) throws(StoreError) -> Int64 {
        try Self.billing("the price of \(meter) in plan \(plan.code)") { () throws(BillingError) in
            guard let price = try plan.priceFunction(of: meter) else { return 0 }
            return try price.cost(of: units).whole.subtracting(price.cost(of: 0).whole).nano
        }
    }

    /// What invoices have dealt with of a contract's draws, by meter and grant.
    private func known(_ contract: String) throws(StoreError) -> [String: Int64] {
        var known: [String: Int64] = [:]
        let rows = try connection.run(
            """
            SELECT meter, grant_id, CAST(sum(drawn) AS BIGINT) FROM invoice_drawn WHERE contract = $1
            GROUP BY meter, grant_id
            """, [.text(contract)])
        for row in rows { known["\(try row.text(0)) \(try row.text(1))"] = try row.integer(2) }
        return known
    }

    /// Says of each draw how much the balance did not have: what is owed and not billed, without what contracts that run on have drawn
    /// since; of the last draws first, as a balance pays the first ones.
    ///
    /// - Parameter draws: of earlier contracts, then those of the contract whose invoice it is.
    func bill(_ draws: inout [MoneyDraw], except contract: String) throws(StoreError) {
        for id in Set(draws.map(\.grant)).sorted() {
            guard let grant = try ledger.grant(id) else { continue }
            let running = try connection.run(
                """
                SELECT CAST(coalesce(sum(rated.posted), 0) AS BIGINT) FROM rated
                WHERE rated.grant_id = $1 AND rated.contract <> $2
                    AND NOT EXISTS (SELECT 1 FROM invoice_closing WHERE invoice_closing.subject = rated.contract)
                """, [.text(id), .text(contract)])[0].integer(0)
            let own = draws.filter { $0.grant == id }
            let posted = try connection.run(
                "SELECT CAST(coalesce(sum(posted), 0) AS BIGINT) FROM rated WHERE grant_id = $1", [.text(id)])[0]
                .integer(0)
            // In a preview windows are not settled: what they will charge is owed, too.
            let all = try running + own.reduce(0) { $0 + $1.posted } + others(id, own, except: contract)
            let owed = -(try ledger.balance(of: grant.account).settled) + max(0, all - posted) - running
            var left = max(0, min(owed, own.reduce(0) { $0 + $1.drawn }))
            for index in draws.indices.reversed() where draws[index].grant == id {
                let part = min(left, max(0, draws[index].drawn))
                draws[index].billed = part
                left -= part
            }
        }
    }

    /// What closed contracts have drawn of a grant that the draws say nothing of.
    private func others(_ grant: String, _ draws: [MoneyDraw], except contract: String) throws(StoreError) -> Int64 {
        let named = Set(draws.map(\.contract))
        let rows = try connection.run(
            """
            SELECT rated.contract, rated.posted FROM rated WHERE rated.grant_id = $1 AND rated.contract <> $2
                AND EXISTS (SELECT 1 FROM invoice_closing WHERE invoice_closing.subject = rated.contract)
            """, [.text(grant), .text(contract)])
        var sum: Int64 = 0
        for row in rows where !named.contains(try row.text(0)) { sum += try row.integer(1) }
        return sum
    }
}

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
        let known = try known(subject.row.id)
        var draws: [MoneyDraw] = []
        for (meter, drawn) in usage.money.sorted(by: { $0.key < $1.key }) {
            for draw in try self.draws(drawn, of: meter, subject) {
                draws.append(
                    MoneyDraw(
                        contract: subject.row.id, meter: meter, grant: draw.grant, units: draw.units,
                        posted: draw.posted, known: known["\(meter) \(draw.grant)"] ?? 0))
            }
        }
        return draws.sorted { ($0.grant, $0.meter) < ($1.grant, $1.meter) }
    }

    /// What each grant has paid of a meter: units that were charged, and what was posted for them. In a preview windows are not settled:
    /// what the price says that they will charge is the last grant's, up to what they have.
    private func draws(
        _ drawn: [ContractUsage.Drawn], of meter: String, _ subject: Subject
    ) throws(StoreError) -> [(grant: String, units: Int64, posted: Int64)] {
        var found: [(grant: String, units: Int64, posted: Int64)] = []
        var isSettled = true
        for grant in drawn {
            let values: [SQLValue] = [.text(grant.grant), .text(subject.row.id), .text(meter)]
            let state = try connection.run(
                """
                SELECT CAST(coalesce(sum(units), 0) AS BIGINT), CAST(coalesce(sum(posted), 0) AS BIGINT) FROM rated
                WHERE grant_id = $1 AND contract = $2 AND meter = $3
                """, values)[0]
            let noted = try connection.run(
                """
                SELECT CAST(coalesce(sum(rated), 0) AS BIGINT) FROM window_draw
                WHERE grant_id = $1 AND contract = $2 AND meter = $3
                """, values)[0].integer(0)
            // What was reported when its window was over costs nothing.
            let forgiven = max(0, noted - (try state.integer(0)))
            isSettled = isSettled && grant.units == noted
            found.append((grant.grant, max(0, grant.units - forgiven), try state.integer(1)))
        }
        guard !isSettled, let last = found.indices.last else { return found }
        let cost = try cost(of: found.reduce(0) { $0 + $1.units }, meter, subject.plan)
        var chargeable: Int64 = 0
        for grant in found { chargeable += try self.chargeable(grant.grant) }
        found[last].posted += max(0, min(cost - found.reduce(0) { $0 + $1.posted }, chargeable))
        return found
    }

    /// What the windows of a grant can still charge of what was spent through them: the rest, beyond what they had, nobody pays.
    private func chargeable(_ grant: String) throws(StoreError) -> Int64 {
        try connection.run(
            """
            SELECT CAST(coalesce(sum(spent - shrunk - posted - freed), 0) AS BIGINT) FROM credit_window
            WHERE grant_id = $1 AND state IN ('open', 'expired')
            """, [.text(grant)])[0].integer(0)
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

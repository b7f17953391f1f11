import WeirBilling

/// From a line to its hours, its agents and its plan's version.
extension Invoices {
    /// Explains a line, and computes it again.
    ///
    /// - Parameter number: of the line, from 1.
    /// - Throws: a refusal where there is no such line.
    package func explain(_ stored: StoredInvoice, line number: Int64) throws(StoreError) -> ExplainedLine {
        let lines = stored.invoice.lines
        guard number >= 1, number <= lines.count else {
            throw .refused(
                .missing, "line", "expected 1 to \(lines.count), the lines of \(stored.invoice.number), found \(number)"
            )
        }
        let line = lines[Int(number) - 1]
        guard let row = try catalogue.find(ContractRow.self, "id", line.contract) else {
            throw StoreError(.failed, "contract \(line.contract) of the line is none")
        }
        let subject = try subject(row)
        let counted = try count(line, stored, subject)
        let contract = try contract(of: line, number, stored, row)
        var (steps, money): ([String], RoundedLine) = ([], line.money)
        var differences: [String]
        do throws(BillingError) {
            let explanation = try explanation(line, subject.plan, contract, counted)
            (steps, money, differences) = (explanation.steps, explanation.money, explanation.differences)
        } catch {
            differences = ["\(error.field): expected \(error.expected), found \(error.found)"]
        }
        if try digest(of: stored.id) != stored.digest {
            differences.append("the invoice is not what was issued: somebody has changed a row of it")
        }
        if let charge = try self.charge(number, stored) {
            let exact = try Self.billing("charge \(charge.id)") { () throws(BillingError) in
                try charge.amount(in: subject.plan.currency)
            }
            if exact != line.money.exact {
                differences.append("the line has \(line.money.exact), its charge \(charge.id) has \(exact)")
            }
        }
        return ExplainedLine(
            stored: stored, number: Int(number), line: line, steps: steps, money: money,
            hours: counted.hours, before: counted.before, after: counted.after, forgiven: counted.forgiven,
            differences: differences)
    }

    private func explanation(
        _ line: InvoiceLine, _ plan: Plan, _ contract: Contract?, _ counted: Counted
    ) throws(BillingError) -> LineExplanation {
        var hours: [LineExplanation.Hour]?
        if counted.isCounted {
            hours = counted.hours.map { LineExplanation.Hour(start: $0.start, agent: $0.agent, units: $0.units) }
            for elsewhere in [counted.before, counted.after, counted.forgiven] where elsewhere != 0 {
                hours?.append(LineExplanation.Hour(start: 0, agent: "elsewhere", units: -elsewhere))
            }
        }
        return try LineExplanation(line, under: plan, contract: contract, hours: hours)
    }

    private func digest(of invoice: String) throws(StoreError) -> String {
        try connection.run("SELECT digest FROM invoice WHERE id = $1", [.text(invoice)]).first?.text(0) ?? ""
    }

    /// The charge that a line is of.
    private func charge(_ number: Int64, _ stored: StoredInvoice) throws(StoreError) -> ChargeRow? {
        let rows = try connection.run(
            "SELECT charge_id FROM invoice_line WHERE invoice_id = $1 AND line = $2",
            [.text(stored.id), .integer(number)])
        guard let row = rows.first, !row.isNull(0) else { return nil }
        return try catalogue.find(ChargeRow.self, "id", try row.text(0))
    }

    /// The contract from which a fee is computed again; nil of lines that are no fees.
    private func contract(
        of line: InvoiceLine, _ number: Int64, _ stored: StoredInvoice, _ row: ContractRow
    ) throws(StoreError) -> Contract? {
        guard line.kind == .fee || line.kind == .credit, let charge = try charge(number, stored) else { return nil }
        return row.contract(for: charge)
    }

    // MARK: Hours

    /// The hours of a line, and what of them is not its own.
    private struct Counted {
        var isCounted = false
        var hours: [ExplainedLine.Hour] = []
        var before: Int64 = 0
        var after: Int64 = 0
        var forgiven: Int64 = 0
    }

    private func count(
        _ line: InvoiceLine, _ stored: StoredInvoice, _ subject: Subject
    ) throws(StoreError) -> Counted {
        guard let meter = line.meter, let to = line.unitsTo else { return Counted() }
        var counted = Counted()
        counted.isCounted = true
        let usage = try ContractUsage(of: line.contract, under: subject.planRow, connection)
        counted.hours = try hours(of: line, meter, subject)
        let all = counted.hours.reduce(0) { $0 + $1.units }
        guard line.kind != .granted else {
            try note(late: all - to, of: line.contract, since: stored.invoice.issued, &counted)
            return counted
        }
        let draws = try draws(subject, usage).filter { $0.meter == meter }
        let money = (usage.money[meter] ?? []).reduce(0) { $0 + $1.units }
        counted.forgiven = money - draws.reduce(0) { $0 + $1.units }
        // Minimums look at all units of the period.
        if line.kind == .adjustment { counted.before = line.unitsFrom ?? 0 }
        try note(late: all - counted.forgiven - to, of: line.contract, since: stored.invoice.issued, &counted)
        return counted
    }

    /// Units beyond the line's are late, where something has come since; where nothing has, the line is wrong.
    private func note(
        late: Int64, of contract: String, since issued: Int64, _ counted: inout Counted
    ) throws(StoreError) {
        guard late != 0 else { return }
        let changed = try connection.run(
            """
            SELECT 1 FROM dimension JOIN outbox ON outbox.dimension_id = dimension.id
            WHERE dimension.contract = $1 AND outbox.changed_at >= $2 LIMIT 1
            """, [.text(contract), .integer(issued)])
        if changed.isEmpty { return }
        counted.after = late
    }

    private func hours(
        of line: InvoiceLine, _ meter: String, _ subject: Subject
    ) throws(StoreError) -> [ExplainedLine.Hour] {
        let texts = try connection.run(
            "SELECT DISTINCT grant_id FROM dimension WHERE contract = $1 AND grant_id <> '' ORDER BY grant_id",
            [.text(line.contract)])
        var hours: [String: ExplainedLine.Hour] = [:]
        for text in texts {
            let grant = try text.text(0)
            let payer = try ContractUsage.payer(grant, subject.planRow, connection)
            guard payer?.pays(line.kind, meter, isPriced: subject.plan.prices[meter] != nil) == true else { continue }
            for row in try cells(of: line.contract, grant) {
                let hour = ExplainedLine.Hour(
                    start: try row.integer(0) * 3_600, agent: try row.text(1), incarnation: try row.text(2),
                    units: try row.integer(3))
                let key = "\(hour.start) \(hour.incarnation)"
                hours[key] = ExplainedLine.Hour(
                    start: hour.start, agent: hour.agent, incarnation: hour.incarnation,
                    units: hour.units + (hours[key]?.units ?? 0))
            }
        }
        return hours.values.filter { $0.units != 0 }.sorted { ($0.start, $0.incarnation) < ($1.start, $1.incarnation) }
    }

    private func cells(of contract: String, _ grant: String) throws(StoreError) -> [SQLRow] {
        try connection.run(
            """
            SELECT cell.hour, incarnation.agent, incarnation.token,
                CAST(sum(\(GrantSpending.signedUnits("cell"))) AS BIGINT)
            FROM dimension CROSS JOIN incarnation CROSS JOIN cell
            WHERE dimension.contract = $1 AND dimension.grant_id = $2
                AND cell.incarnation_id = incarnation.id AND cell.dimension_id = dimension.id
            GROUP BY cell.hour, incarnation.agent, incarnation.token
            """, [.text(contract), .text(grant)])
    }
}

extension ContractUsage.Payer {
    /// Whether a line of a kind is of what it pays.
    fileprivate func pays(_ kind: InvoiceLine.Kind, _ meter: String, isPriced: Bool) -> Bool {
        switch self {
        case .units(_, let code): kind == .granted && code == meter
        // What nothing has a price for is shown as granted.
        case .money(_, let code), .invoice(let code): (kind == .granted) != isPriced && code == meter
        }
    }
}

import WeirBilling

/// The lines of a contract's invoice.
extension Invoices {
    /// Puts the invoice of a contract together, as of now.
    ///
    /// - Parameters:
    ///   - isPreview: changes nothing: what windows have not charged yet is taken as it will be charged.
    ///   - isOver: whether the contract is, so that minimums apply.
    ///   - isLate: whether the contract has its invoice: what came later, of it and of those before it.
    func work(
        on subject: Subject, isPreview: Bool = false, isOver: Bool = true, isLate: Bool = false
    ) throws(StoreError) -> InvoiceWork {
        let late = try changedContracts(upTo: isLate ? subject.row.number : subject.row.number - 1, of: subject)
        var usages: [(subject: Subject, usage: ContractUsage)] = []
        for subject in isLate ? late : late + [subject] {
            let usage = try ContractUsage(of: subject.row.id, under: subject.planRow, connection)
            if !isPreview { try settleWindows(usage) }
            usages.append((subject, usage))
        }
        var work = InvoiceWork(
            InvoiceDraft(subject.plan.currency, carries: try carries(subject.row.subscriptionID, subject.plan.currency))
        )
        for (subject, usage) in usages { work.draws += try draws(subject, usage) }
        try bill(&work.draws, except: subject.row.id)
        for charge in try charges(of: subject) { try add(charge, to: &work) }
        if !isLate, let (subject, usage) = usages.popLast() {
            work.isUsed = !usage.isEmpty
            try addUsage(subject, usage, isOver, to: &work)
        }
        for (subject, usage) in usages { try addLate(subject, usage, to: &work) }
        return work
    }

    // MARK: Fees

    /// Fees and credits of the subscription up to the contract that no invoice has yet; not those of purchases, which have their own.
    private func charges(of subject: Subject) throws(StoreError) -> [ChargeRow] {
        let columns = ChargeRow.columns.map { "contract_charge.\($0)" }.joined(separator: ", ")
        return try connection.run(
            """
            SELECT \(columns) FROM contract JOIN contract_charge ON contract_charge.contract_id = contract.id
            WHERE contract.subscription_id = $1 AND contract.number <= $2 AND contract_charge.order_id = ''
                AND NOT EXISTS (SELECT 1 FROM invoice_line WHERE invoice_line.charge_id = contract_charge.id)
            ORDER BY contract.number, contract_charge.made_at, contract_charge.kind DESC, contract_charge.id
            """, [.text(subject.row.subscriptionID), .integer(subject.row.number)]
        ).map { row throws(StoreError) in
            var reader = RowReader(row)
            return try ChargeRow(&reader)
        }
    }

    func add(_ charge: ChargeRow, to work: inout InvoiceWork) throws(StoreError) {
        guard let row = try catalogue.find(ContractRow.self, "id", charge.contractID) else {
            throw StoreError(.failed, "charge \(charge.id) is of no contract")
        }
        let plan = try subject(row).plan
        let contract = row.contract(for: charge)
        var draft = work.draft
        try Self.billing("charge \(charge.id)") { () throws(BillingError) in
            let amount = try charge.amount(in: plan.currency)
            switch charge.kind {
            case .fee: try draft.addFee(contract, plan, amount)
            case .credit: try draft.addCredit(contract, plan, amount, from: charge.serviceStart)
            }
        }
        if draft.lines.count > work.draft.lines.count { work.charges[work.draft.lines.count] = charge.id }
        work.draft = draft
    }

    // MARK: Usage

    private func addUsage(
        _ subject: Subject, _ usage: ContractUsage, _ isOver: Bool, to work: inout InvoiceWork
    ) throws(StoreError) {
        let (contract, plan) = (subject.row.contract, subject.plan)
        for meter in usage.meters.union(plan.meters).sorted() {
            var granted = (usage.granted[meter] ?? []).filter { $0.units > 0 }.map {
                InvoiceDraw(grant: $0.grant, .units($0.units, meter: meter))
            }
            let draws = work.draws.filter { $0.contract == subject.row.id && $0.meter == meter }
            var units = draws.reduce(usage.charged[meter] ?? 0) { $0 + $1.units }
            if plan.prices[meter] == nil, units > 0 {
                // Nothing says what they cost.
                granted.append(InvoiceDraw(grant: "invoice", .units(units, meter: meter)))
                units = 0
            }
            let before = work.draft.lines.count
            var draft = work.draft
            let paid = try paid(draws, meter, plan)
            try Self.billing("\(subject.row.id), \(meter)") { () throws(BillingError) in
                // A trial begins without what is due at a period's start, and has no minimum.
                try draft.addUsage(
                    contract, plan, meter, billed: subject.row.isTrial ? 0 : nil, units: units, granted: granted,
                    paid: paid, isOver: isOver && !subject.row.isTrial)
            }
            work.draft = draft
            let lines = work.draft.lines[before...]
            let isDueAtStart = subject.row.isTrial ? false : try self.isDueAtStart(meter, plan)
            if isDueAtStart || usage.charged[meter] ?? 0 > 0 || lines.contains(where: { $0.kind == .minimum }) {
                try work.owe(lines, draws)
            }
        }
    }

    /// What the balances paid for a meter, and what nobody pays: used beyond what a window had.
    private func paid(_ draws: [MoneyDraw], _ meter: String, _ plan: Plan) throws(StoreError) -> [InvoiceDraw] {
        var paid = draws.filter { $0.paid != 0 }.map {
            InvoiceDraw(grant: $0.grant, .money(Money(nano: $0.paid, plan.currency)))
        }
        let cost = try cost(of: draws.reduce(0) { $0 + $1.units }, meter, plan)
        let waived = cost - draws.reduce(0) { $0 + $1.posted }
        // Each draw is rounded down on its own.
        if waived > Int64(draws.count) {
            paid.append(InvoiceDraw(grant: "shrink", .money(Money(nano: waived, plan.currency))))
        }
        return paid
    }

    private func isDueAtStart(_ meter: String, _ plan: Plan) throws(StoreError) -> Bool {
        try Self.billing("the price of \(meter)") { () throws(BillingError) in
            guard let price = try plan.priceFunction(of: meter) else { return false }
            return try !price.cost(of: 0).isZero
        }
    }

    // MARK: Late usage

    /// Earlier contracts of the subscription that are dealt with and whose usage has changed since.
    private func changedContracts(upTo number: Int64, of subject: Subject) throws(StoreError) -> [Subject] {
        let columns = ContractRow.columns.map { "contract.\($0)" }.joined(separator: ", ")
        return try connection.run(
            """
            SELECT \(columns) FROM contract JOIN invoice_closing ON invoice_closing.subject = contract.id
            WHERE contract.subscription_id = $1 AND contract.number <= $2 AND EXISTS (
                SELECT 1 FROM dimension JOIN outbox ON outbox.dimension_id = dimension.id
                WHERE dimension.contract = contract.id AND outbox.changed_at >= invoice_closing.closed_at)
            ORDER BY contract.number
            """, [.text(subject.row.subscriptionID), .integer(number)]
        ).map { row throws(StoreError) in
            var reader = RowReader(row)
            return try self.subject(try ContractRow(&reader))
        }
    }

    private func addLate(
        _ subject: Subject, _ usage: ContractUsage, to work: inout InvoiceWork
    ) throws(StoreError) {
        let billed = try billedUnits(of: subject.row.id)
        for meter in usage.meters.union(billed.keys).sorted() where subject.plan.prices[meter] != nil {
            let draws = work.draws.filter { $0.contract == subject.row.id && $0.meter == meter }
            let units = draws.reduce(usage.charged[meter] ?? 0) { $0 + $1.units }
            let paid = draws.filter { $0.paid != 0 }.map {
                InvoiceDraw(grant: $0.grant, .money(Money(nano: $0.paid, subject.plan.currency)))
            }
            let before = work.draft.lines.count
            var draft = work.draft
            try Self.billing("late \(meter) of \(subject.row.id)") { () throws(BillingError) in
                try draft.addAdjustment(
                    subject.row.contract, subject.plan, meter, billed: billed[meter] ?? 0, units: units, paid: paid)
            }
            work.draft = draft
            if usage.charged[meter] ?? 0 > 0 { try work.owe(work.draft.lines[before...], draws) }
        }
    }

    /// How many charged units of a contract invoices have so far, by meter.
    func billedUnits(of contract: String) throws(StoreError) -> [String: Int64] {
        let rows = try connection.run(
            """
            SELECT invoice_line.meter, invoice_line.units_to
            FROM invoice_line JOIN invoice ON invoice.id = invoice_line.invoice_id
            WHERE invoice_line.contract = $1 AND invoice_line.kind IN ('usage', 'adjustment')
            ORDER BY invoice.sequence, invoice_line.line
            """, [.text(contract)])
        var units: [String: Int64] = [:]
        for row in rows { units[try row.text(0)] = try row.integer(1) }
        return units
    }
}

extension InvoiceWork {
    /// Notes that lines are to be paid, but for what is billed of grants.
    fileprivate mutating func owe(_ lines: ArraySlice<InvoiceLine>, _ draws: [MoneyDraw]) throws(StoreError) {
        let amount = lines.reduce(Int128(0)) { $0 + Int128($1.amount.nano) }
        let rest = amount - draws.reduce(Int128(0)) { $0 + Int128($1.billed) } + Int128(owed)
        guard let rest = Int64(exactly: rest) else {
            throw StoreError(.failed, "an invoice comes to more than an amount can hold: use smaller prices")
        }
        owed = rest
    }
}

extension ContractRow {
    /// The contract as a charge saw it: a change in mid-period has moved its end since, and a purchase has no period.
    func contract(for charge: ChargeRow) -> Contract {
        Contract(
            subscription: subscriptionID, number: number,
            start: charge.kind == .fee ? charge.serviceStart : startsAt,
            end: charge.orderID.isEmpty ? charge.serviceEnd : nil, wholeStart: wholeStart, isTrial: isTrial)
    }
}

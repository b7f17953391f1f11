package import WeirBilling

/// When invoices are issued: of contracts that are over, and of purchases at once. Any number of collectors may do it at once: what is
/// dealt with is claimed by a row.
extension Invoices {
    /// What became of a contract or a purchase.
    package enum Outcome: Equatable, Sendable {
        /// The invoice with this number was issued.
        case issued(String)
        /// There was nothing to say.
        case nothing
        /// It runs on, or agents are behind.
        case open
        /// It was dealt with before.
        case known
    }

    /// A place in the list of contracts that are over.
    package struct Place: Equatable, Sendable {
        package var endsAt: Int64
        package var contract: String
    }

    /// Contracts that are over and not dealt with, in the order of their ends; and of those that can be closed now, who is missing.
    ///
    /// - Parameter grace: seconds behind its end at which nobody is waited for any more.
    package func over(
        after place: Place, grace: Int64, limit: Int
    ) throws(StoreError) -> [(place: Place, missing: [PeriodClosing.Agent]?)] {
        let rows = try connection.run(
            """
            SELECT id, starts_at, ends_at FROM contract
            WHERE ends_at <= $1 AND (ends_at > $2 OR (ends_at = $3 AND id > $4))
                AND NOT EXISTS (SELECT 1 FROM invoice_closing WHERE invoice_closing.subject = contract.id)
            ORDER BY ends_at, id LIMIT $5
            """,
            [
                .integer(now), .integer(place.endsAt), .integer(place.endsAt), .text(place.contract),
                .integer(Int64(limit)),
            ])
        if rows.isEmpty { return [] }
        let agents = try agents()
        return try rows.map { row throws(StoreError) in
            let (start, end) = (try row.integer(1), try row.integer(2))
            let decision = PeriodClosing.decide(start: start, end: end, grace: grace, agents: agents, at: now)
            guard case .closed(let missing) = decision else {
                return (Place(endsAt: end, contract: try row.text(0)), nil)
            }
            return (Place(endsAt: end, contract: try row.text(0)), missing)
        }
    }

    /// Every run of an agent that was heard of and is not known to be over.
    func agents() throws(StoreError) -> [PeriodClosing.Agent] {
        try connection.run(
            "SELECT token, agent, watermark, last_seen FROM incarnation WHERE over_at IS NULL ORDER BY token"
        ).map { row throws(StoreError) in
            let (token, agent) = (try row.text(0), try row.text(1))
            return PeriodClosing.Agent(
                name: agent.isEmpty ? String(token.prefix(8)) : agent, incarnation: token,
                watermark: row.isNull(2) ? nil : try row.integer(2), heard: try row.integer(3))
        }
    }

    /// Issues the invoice of a contract that can be closed.
    ///
    /// - Parameter missing: whom `over` has found to be. It is not asked again: promises only grow, and whoever asks about all agents
    ///   while they write stands in their way.
    package func close(_ contract: String, missing: [PeriodClosing.Agent]) throws(StoreError) -> Outcome {
        guard let row = try catalogue.find(ContractRow.self, "id", contract), let end = row.endsAt, end <= now else {
            return .open
        }
        guard try claim(contract) else { return .known }
        let subject = try subject(row)
        let work = try work(on: subject)
        guard work.isWorthIt else { return .nothing }
        let period = (row.startsAt, max(end, row.startsAt + 1))
        return .issued(try issue(work, for: contract, subject, period, missing: missing))
    }

    /// Purchases since an instant that have no invoice yet, by their orders' ids.
    package func purchases(since instant: Int64, limit: Int) throws(StoreError) -> [String] {
        try connection.run(
            """
            SELECT DISTINCT order_id FROM contract_charge
            WHERE made_at >= $1 AND order_id <> ''
                AND NOT EXISTS (SELECT 1 FROM invoice_closing WHERE invoice_closing.subject = contract_charge.order_id)
            ORDER BY order_id LIMIT $2
            """, [.integer(instant), .integer(Int64(limit))]
        ).map { row throws(StoreError) in try row.text(0) }
    }

    /// Issues the invoice of a purchase: its fee, and what was paid with it.
    package func issuePurchase(_ order: String) throws(StoreError) -> Outcome {
        let charges = try catalogue.list(ChargeRow.self, where: [("order_id", .text(order))], limit: 1_000)
        guard let first = charges.first, let row = try catalogue.find(ContractRow.self, "id", first.contractID) else {
            return .nothing
        }
        guard try claim(order) else { return .known }
        let subject = try subject(row)
        var work = InvoiceWork(
            InvoiceDraft(subject.plan.currency, carries: try carries(row.subscriptionID, subject.plan.currency)))
        for charge in charges { try add(charge, to: &work) }
        let paid = try connection.run("SELECT amount, currency FROM orders WHERE id = $1", [.text(order)])
        if let paid = paid.first, try paid.text(1) == subject.plan.currency.code {
            let amount = Money(nano: try paid.integer(0), subject.plan.currency)
            var draft = work.draft
            try Self.billing("order \(order)") { () throws(BillingError) in
                try draft.addPayment(row.contract(for: first), subject.plan, order: order, amount)
            }
            work.draft = draft
        }
        guard work.isWorthIt else { return .nothing }
        let start = charges.reduce(first.serviceStart) { min($0, $1.serviceStart) }
        let end = charges.reduce(start + 1) { max($0, $1.serviceEnd) }
        return .issued(try issue(work, for: order, subject, (start, end), missing: []))
    }

    // MARK: Late usage of what has ended

    /// Last contracts of subscriptions, dealt with, to which or to those before them usage has come since, and none for as long as the grace
    /// limit: no other invoice follows that could have it.
    ///
    /// - Parameter only: the one contract that is looked at; nil for all.
    package func lateContracts(grace: Int64, only: String? = nil, limit: Int) throws(StoreError) -> [String] {
        let changed = """
            SELECT 1 FROM contract AS own JOIN dimension ON dimension.contract = own.id
                JOIN outbox ON outbox.dimension_id = dimension.id
            WHERE own.subscription_id = contract.subscription_id AND outbox.changed_at
            """
        return try connection.run(
            """
            SELECT contract.id FROM contract JOIN invoice_closing ON invoice_closing.subject = contract.id
            WHERE contract.id >= $1 AND contract.id <= $2
                AND NOT EXISTS (
                    SELECT 1 FROM contract AS later
                    WHERE later.subscription_id = contract.subscription_id AND later.number > contract.number)
                AND EXISTS (\(changed) >= invoice_closing.closed_at AND outbox.changed_at > (
                    SELECT coalesce(max(seen.closed_at), 0) FROM invoice_closing AS seen
                    WHERE seen.subject > contract.id || '/late/' AND seen.subject < contract.id || '/late0'))
                AND NOT EXISTS (\(changed) > $3)
            ORDER BY contract.id LIMIT $4
            """,
            [.text(only ?? ""), .text(only ?? "~"), .integer(now - grace), .integer(Int64(limit))]
        ).map { row throws(StoreError) in try row.text(0) }
    }

    /// Issues the invoice of what came late to a subscription that has ended.
    package func issueLate(_ contract: String) throws(StoreError) -> Outcome {
        guard let row = try catalogue.find(ContractRow.self, "id", contract), let end = row.endsAt else { return .open }
        // The same for all that find it at once.
        let known = try connection.run(
            "SELECT count(*) FROM invoice_closing WHERE subject > $1 AND subject < $2",
            [.text("\(contract)/late/"), .text("\(contract)/late0")])[0].integer(0)
        let name = "\(contract)/late/\(known + 1)"
        guard try claim(name) else { return .known }
        let subject = try subject(row)
        let work = try work(on: subject, isLate: true)
        guard work.isWorthIt else { return .nothing }
        return .issued(try issue(work, for: name, subject, (row.startsAt, max(end, row.startsAt + 1)), missing: []))
    }

    // MARK: Once

    /// Marks a contract or a purchase as dealt with; whether it was not before. Of two at once, one waits here for the other.
    private func claim(_ subject: String) throws(StoreError) -> Bool {
        let rows = try connection.run(
            """
            INSERT INTO invoice_closing (subject, invoice_id, closed_at) VALUES ($1, NULL, $2)
            ON CONFLICT (subject) DO NOTHING RETURNING subject
            """, [.text(subject), .integer(now)])
        return !rows.isEmpty
    }

    // MARK: Issuing

    private func issue(
        _ work: InvoiceWork, for name: String, _ subject: Subject, _ period: (Int64, Int64),
        missing: [PeriodClosing.Agent]
    ) throws(StoreError) -> String {
        let provider = try catalogue.provider(subject.planRow.providerID, field: "provider")
        let consumer = try catalogue.consumer(subject.subscription.consumerID, field: "consumer")
        let number = try nextNumber(of: provider)
        let invoice = try Self.billing("the invoice of \(name)") { () throws(BillingError) in
            try Invoice(
                number, of: work.draft, seller: provider.name.isEmpty ? provider.slug : provider.name,
                consumer: consumer.name.isEmpty ? consumer.id : consumer.name, consumerID: consumer.id,
                from: period.0, to: period.1, issued: now, missing: missing)
        }
        let id = catalogue.identifier.next(.invoice)
        let stored = StoredInvoice(
            id: id, invoice: invoice, providerID: provider.id, subscriptionID: subject.subscription.id, subject: name)
        try store(stored, work)
        for (grant, amount) in work.bills {
            try ledger.bill(amount, of: grant, invoice: "\(number)", actor: "weir")
        }
        try owe(work.owed, stored)
        try catalogue.note("invoice.issued", consumer: consumer.id, subject: id, "\(number)")
        return "\(number)"
    }

    /// Books what is to be paid that no grant owes: used beyond all grants, or lacking to a minimum.
    private func owe(_ amount: Int64, _ stored: StoredInvoice) throws(StoreError) {
        guard amount != 0 else { return }
        let unit = LedgerUnit.money(stored.invoice.currency).name
        let receivable = try ledger.account(.receivable, of: stored.subscriptionID, in: unit)
        let earned = try ledger.account(.earned, of: stored.invoice.consumerID, in: unit)
        let number = "\(stored.invoice.number)"
        try ledger.post(
            Transfer(
                id: Identifier.derived(.transfer, from: "invoice/\(stored.id)"), ledger: unit,
                debit: amount > 0 ? receivable : earned, credit: amount > 0 ? earned : receivable, amount: abs(amount),
                code: .bill, reference: .init(kind: .invoice, id: number), actor: "weir", reason: "used, and invoiced"))
    }

    /// The next number of a provider's series: nobody else has it, and none is left out.
    private func nextNumber(of provider: ProviderRow) throws(StoreError) -> InvoiceNumber {
        let series = try series(of: provider)
        let row = try connection.run(
            """
            INSERT INTO invoice_series (provider_id, series, last) VALUES ($1, $2, 1)
            ON CONFLICT (provider_id) DO UPDATE SET last = invoice_series.last + 1
            RETURNING series, last
            """, [.text(provider.id), .text(series)])[0]
        let (name, last) = (try row.text(0), try row.integer(1))
        return try Self.billing("the series of \(provider.slug)") { () throws(BillingError) in
            try InvoiceNumber(series: name, sequence: last)
        }
    }

    /// The slug in capitals, where it is short enough and nobody else's; else its beginning, and what tells it from others.
    private func series(of provider: ProviderRow) throws(StoreError) -> String {
        let longest = 20
        let plain = provider.slug.uppercased()
        let others = try connection.run(
            "SELECT provider_id FROM invoice_series WHERE series = $1 AND provider_id <> $2",
            [.text(plain), .text(provider.id)])
        if plain.utf8.count <= longest, others.isEmpty { return plain }
        let mark = Identifier.derived(.invoice, from: provider.id).suffix(6).uppercased()
        return "\(plain.prefix(longest - 7))-\(mark)"
    }
}

import Synchronization
import Testing
import WeirBilling
import WeirCore
import WeirStore

/// A seller, a consumer and a plan over a ledger of a test's own; contracts and charges are as the test writes them.
final class InvoicesUnderTest: Sendable {
    static let hour: Int64 = 3_600
    /// 2027-03-31T16:00:00Z and 2027-04-30T16:00:00Z: April in Shanghai.
    static let april: (start: Int64, end: Int64) = (1_806_508_800, 1_809_100_800)

    let ledger: LedgerUnderTest
    let plan: Plan
    let subscription: String
    let consumer: String
    let planID: String
    private let deliveries = Mutex<[String: Int64]>([:])

    /// What grants of money are charged by: the plan's price of one meter.
    struct Prices: PriceBook {
        let price: PriceFunction?

        func price(
            of meter: String, in contract: String, _ connection: any SQLConnection
        ) throws(StoreError) -> PriceFunction? { price }
    }

    /// - Parameter now: the time that it begins at.
    init(
        _ kind: LedgerUnderTest.Kind, _ text: String, slug: String = "acme", at now: Int64 = april.start,
        on known: LedgerUnderTest? = nil
    ) async throws {
        let ledger: LedgerUnderTest
        if let known { ledger = known } else { ledger = try await LedgerUnderTest(kind) }
        self.ledger = ledger
        ledger.now = now
        let plan = try PlanText.parse(text).plan.published(as: 1)
        self.plan = plan
        let identifier = ledger.identifier
        let made = try await ledger.database.write { connection throws(StoreError) -> [String] in
            let catalogue = Catalogue(connection, now: now, identifier: identifier)
            return try Self.stock(catalogue, plan, text, slug)
        }
        (consumer, subscription, planID) = (made[0], made[1], made[2])
    }

    private static func stock(
        _ catalogue: Catalogue, _ plan: Plan, _ text: String, _ slug: String
    ) throws(StoreError) -> [String] {
        let provider = try catalogue.add(ProviderRow(slug: slug, name: "ACME Weather"))
        _ = try catalogue.add(
            ProductRow(
                providerID: provider.id, slug: plan.products[0], name: "Weather", docsURL: "", isListed: true,
                hosts: "", costCurrency: "", costNano: 0, costPer: 1))
        let meters = try plan.meters.map { code throws(StoreError) -> Catalogue.PlanDraft.MeterDraft in
            // Volume tiers have no ceiling: no balance pays for them.
            guard let price = try? plan.priceFunction(of: code), let ceiling = try? UnitCeiling(price) else {
                return (code, 0, 1, "")
            }
            return (code, ceiling.amount, ceiling.per, "")
        }
        let draft = Catalogue.PlanDraft(
            plan: PlanRow(
                providerID: "", code: plan.code, number: 0, source: text,
                mode: PlanRow.Mode(rawValue: plan.mode.rawValue) ?? .payg, currency: plan.currency.code,
                feeNano: plan.fee?.nano, unreported: .bill, outage: "deny", rules: ""), products: plan.products,
            meters: meters)
        let published = try catalogue.publish(try catalogue.keep(draft).plan).plan
        let consumer = try catalogue.add(
            ConsumerRow(
                externalID: plan.code, name: "Example, Ltd.", email: "", currency: plan.currency.code, zone: "UTC",
                creditLimitNano: 0, state: .active))
        let now = catalogue.now
        let subscription = Identifier(milliseconds: { now * 1_000 }).next(.subscription)
        _ = try catalogue.connection.run(
            """
            INSERT INTO subscription (id, consumer_id, plan_id, period, state, starts_at, ends_at, accepted_by, accepted_at,
                created_at, version)
            VALUES ($1, $2, $3, 1, 'active', $4, NULL, 'Ada', $5, $6, 1)
            """,
            [
                .text(subscription), .text(consumer.id), .text(published.id), .integer(catalogue.now),
                .integer(catalogue.now), .integer(catalogue.now),
            ])
        return [consumer.id, subscription, published.id]
    }

    // MARK: Contracts

    func name(_ number: Int64 = 1) -> String { "\(subscription)/\(number)" }

    @discardableResult
    func contract(
        _ number: Int64 = 1, from start: Int64 = april.start, to end: Int64? = april.end, whole: Int64? = nil,
        trial: Bool = false
    ) async throws -> String {
        let row = ContractRow(
            Contract(
                subscription: subscription, number: number, start: start, end: end, wholeStart: whole ?? start,
                isTrial: trial), planID: planID)
        try await insert("contract", ContractRow.columns, row.values)
        return row.id
    }

    @discardableResult
    func charge(
        _ number: Int64 = 1, _ amount: ExactAmount, from start: Int64 = april.start, to end: Int64 = april.end,
        order: String = ""
    ) async throws -> String {
        let id = "chg_\(name(number))_\(start)_\(order.suffix(6))_\(amount.isNegative ? "c" : "f")"
        let row = ChargeRow(
            id: id, contractID: name(number), kind: amount.isNegative ? .credit : .fee, amount: amount,
            serviceStart: start, serviceEnd: end, orderID: order, madeAt: start)
        try await insert("contract_charge", ChargeRow.columns, row.values)
        let (subscription, consumer) = (subscription, consumer)
        // A purchase is paid with its order.
        guard order.isEmpty else { return id }
        try await ledger.change { ledger throws(StoreError) in
            try ledger.post(
                amount, charge: id, of: subscription, consumer: consumer, actor: "test", reason: "charge")
        }
        return id
    }

    private func insert(_ table: String, _ columns: [String], _ values: [SQLValue]) async throws {
        let places = columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        _ = try await ledger.database.write { connection throws(StoreError) in
            try connection.run(
                "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(places))", values)
        }
    }

    // MARK: Usage

    /// Cells of one run of an agent.
    func cell(
        _ units: UInt64, _ grant: String, at instant: Int64, contract number: Int64 = 1, _ outcome: Outcome = .admitted
    ) -> Cell {
        var dimensions = Dimensions()
        (dimensions.contract, dimensions.consumer, dimensions.grant) = (name(number), consumer, grant)
        return Cell(
            key: Hash128(deriving: grant), dimensions: dimensions, hour: UInt32(instant / Self.hour), outcome: outcome,
            totals: Totals(calls: units, units: units))
    }

    static func run(_ number: UInt64) -> Hash128 { Hash128(low: number, high: 7) }

    /// What an agent sends: cells, and a promise.
    ///
    /// - Parameter delivery: its number; nil for one more than the last.
    func send(
        _ cells: [Cell], run number: UInt64 = 1, agent: String? = nil, delivery: Int64? = nil,
        promise: UsagePromise? = nil
    ) async throws {
        let agent = agent ?? "edge-\(number)"
        let delivery = deliveries.withLock { deliveries in
            deliveries[agent] = delivery ?? (deliveries[agent] ?? 0) + 1
            return deliveries[agent] ?? 1
        }
        _ = try await UsageStore(ledger.database).merge(
            cells, of: Self.run(number),
            delivery: UsageStore.Delivery(agent: agent, number: delivery, promise: promise), at: ledger.now)
    }

    /// Draws units on a grant, as an agent does: a window first.
    func draw(
        _ units: UInt64, _ grant: String, at instant: Int64, contract: Int64 = 1, run number: UInt64 = 1,
        want: Int64 = 10_000_000_000
    ) async throws {
        let windows = ledger.windows(prices: prices)
        let rows = try await windows.windows(of: grant)
        let known = rows.first { $0.incarnation == Self.run(number).hex }
        _ = try await windows.exchange(
            incarnation: Self.run(number), cells: [],
            asks: [
                WindowAsk(
                    grant: grant, granted: known?.granted ?? 0, returned: known?.returned ?? 0, want: want, need: 1)
            ], now: ledger.now)
        _ = try await windows.exchange(
            incarnation: Self.run(number), cells: [cell(units, grant, at: instant, contract: contract)], asks: [],
            now: ledger.now)
    }

    func grant(_ units: Int64, of meter: String = "calls", order: String = "o") async throws -> String {
        try await ledger.place(
            Order(
                externalID: order, consumer: consumer, subscription: subscription, kind: .trial,
                lines: [OrderLine(unit: try LedgerUnit("\(meter):\(meter)"), amount: units)], actor: "test",
                reason: "grant")
        ).lines[0].grant
    }

    @discardableResult
    func topUp(_ amount: String, order: String = "t") async throws -> String {
        try await ledger.place(
            .topup(
                Money(amount), externalID: order, consumer: consumer, subscription: subscription,
                ceiling: try ceiling, actor: "card")
        ).lines[0].grant
    }

    /// Pays fees that are due.
    func pay(_ amount: String, order: String = "p") async throws {
        try await ledger.place(
            Order(
                externalID: order, consumer: consumer, subscription: subscription, kind: .payment, price: Money(amount),
                lines: [], actor: "bank", reason: "payment"))
    }

    var ceiling: UnitCeiling {
        get throws {
            guard let meter = plan.prices.keys.first, let price = try plan.priceFunction(of: meter) else { return .one }
            return try UnitCeiling(price)
        }
    }

    // MARK: Invoices

    var prices: Prices {
        Prices(price: plan.prices.keys.sorted().first.flatMap { try? plan.priceFunction(of: $0) })
    }

    func store(grace: Int64 = 86_400) -> InvoiceStore {
        InvoiceStore(ledger.database, identifier: ledger.identifier, prices: prices, grace: grace)
    }

    /// Issues what can be issued; the numbers.
    @discardableResult
    func sweep(at instant: Int64? = nil, grace: Int64 = 86_400) async throws -> [String] {
        if let instant { ledger.now = instant }
        let swept = try await store(grace: grace).sweep(now: ledger.now)
        #expect(swept.failures == [])
        return swept.issued
    }

    func invoice(_ number: String) async throws -> StoredInvoice {
        try await store().read(ledger.now) { invoices throws(StoreError) in try invoices.invoice(number) }
    }

    func list(_ filter: Invoices.Filter = .init()) async throws -> [InvoiceSummary] {
        try await store().read(ledger.now) { invoices throws(StoreError) in try invoices.list(filter, limit: 100) }
    }

    /// Every line of an invoice, computed again: what does not agree.
    func differences(_ number: String) async throws -> [String] {
        let explained = try await store().read(ledger.now) { invoices throws(StoreError) in
            let stored = try invoices.invoice(number)
            return try stored.invoice.lines.indices.map { index throws(StoreError) in
                try invoices.explain(stored, line: Int64(index + 1))
            }
        }
        return explained.flatMap { line in line.differences.map { "line \(line.number): \($0)" } }
    }
}

extension StoredInvoice {
    /// Its lines in short: `usage calls 0-123456 37.04`.
    var lines: [String] {
        invoice.lines.map { line in
            let units = line.unitsTo.map { " \(line.unitsFrom ?? 0)-\($0)" } ?? ""
            return "\(line.kind.rawValue)\(line.meter.map { " \($0)" } ?? "")\(units) \(line.amount.figure)"
        }
    }
}

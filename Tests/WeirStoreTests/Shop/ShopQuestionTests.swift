import Testing
import WeirBilling
import WeirCore
import WeirStore

/// What the shop front asks of the catalogue and the ledger, on every database.
@Suite struct ShopQuestionTests {
    /// 2027-01-15 08:00.
    private static let start: Int64 = 1_800_000_000
    private static let hour = UInt32(start / 3_600) - 3
    private static let day = start - 86_400..<start + 86_400
    private static let hours = Int64(hour) - 24..<Int64(hour) + 24

    /// Two providers, each with a product of its own; the second one's is of a namespace. A plan and a contract of each.
    private struct Stock: Sendable {
        var providers: [ProviderRow] = []
        var products: [ProductRow] = []
        var plans: [PlanRow] = []
        var contracts: [SubscriptionRow] = []
        var grants: [String] = []
    }

    private func run<Result: Sendable>(
        _ made: DatabaseUnderTest, _ body: @escaping @Sendable (Catalogue) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        try await made.database.write { connection throws(StoreError) in
            try body(Catalogue(connection, now: Self.start, identifier: Identifier { Self.start * 1_000 }))
        }
    }

    private func stock(_ made: DatabaseUnderTest) async throws -> Stock {
        let usd = try Currency("USD")
        return try await run(made) { catalogue throws(StoreError) in
            var stock = Stock()
            for (number, namespace) in ["", "edge"].enumerated() {
                let provider = try catalogue.add(ProviderRow(slug: "p\(number)", name: "P"))
                let product = try catalogue.add(
                    ProductRow(
                        providerID: provider.id, slug: "product\(number)", name: "x", docsURL: "",
                        isListed: number == 0,
                        hosts: "", costCurrency: "", costNano: 0, costPer: 1, namespace: namespace))
                _ = try catalogue.add(
                    RouteRow(
                        productID: product.id, name: "all", methods: "", path: "/*", weight: 1, place: 0))
                let draft = Catalogue.PlanDraft(
                    plan: PlanRow(
                        providerID: "", code: "plan\(number)", number: 0, source: "x", mode: .package, currency: "USD",
                        feeNano: 5, unreported: .bill, outage: "deny", rules: ""), products: [product.slug],
                    meters: [("calls", 0, 1, "")])
                let plan = try catalogue.publish(try catalogue.keep(draft).plan).plan
                let consumer = try catalogue.add(
                    ConsumerRow(
                        externalID: "c\(number)", name: "C", email: "", currency: "", zone: "UTC", creditLimitNano: 0,
                        state: .active))
                let contract = try catalogue.subscribe(consumer, to: plan.code, version: 1, by: "C")
                _ = try catalogue.add(
                    KeyRow(
                        consumerID: consumer.id, subscriptionID: contract.id, name: "", prefix: "weir_live_ab",
                        digest: String(repeating: "\(number)", count: 64), state: .active), of: consumer)
                let order = Order(
                    externalID: "o", consumer: consumer.id, subscription: contract.id, kind: .purchase,
                    price: Money(nano: 5_000_000_000, usd),
                    lines: [OrderLine(unit: .meter(.calls, code: "calls"), amount: 100)], actor: "a", reason: "r")
                stock.grants.append(try catalogue.ledger.place(order).receipt.lines[0].grant)
                stock.providers.append(provider)
                stock.products.append(product)
                stock.plans.append(plan)
                stock.contracts.append(contract)
            }
            return stock
        }
    }

    private func use(_ stock: Stock, _ made: DatabaseUnderTest) async throws(StoreError) {
        var cells: [Cell] = []
        for (number, contract) in stock.contracts.enumerated() {
            var dimensions = Dimensions()
            dimensions.contract = "\(contract.id)/1"
            dimensions.consumer = contract.consumerID
            (dimensions.plan, dimensions.product) = ("plan\(number)", "product\(number)")
            dimensions.grant = stock.grants[number]
            let counts: [(Outcome, UInt64)] = [(.admitted, 10), (.resolved, 8), (.status(200), 8), (.denied(.rate), 3)]
            for (outcome, calls) in counts {
                cells.append(
                    Cell(
                        key: Hash128(deriving: contract.id), dimensions: dimensions, hour: Self.hour, outcome: outcome,
                        totals: Totals(calls: calls, bytesOut: 7, units: calls)))
            }
        }
        _ = try await UsageStore(made.database).merge(cells, of: Hash128(low: 1, high: 9), at: Self.start)
    }

    @Test(arguments: DatabaseKind.allCases)
    func providersSeeWhoHoldsTheirPlans(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind)
        let stock = try await stock(made)
        try await run(made) { catalogue throws(StoreError) in
            for (number, provider) in stock.providers.enumerated() {
                let other = stock.contracts[1 - number]
                let consumers = try catalogue.list(
                    ConsumerRow.self, sold: (Catalogue.consumersOfProvider, provider.id), limit: 10)
                #expect(consumers.map(\.id) == [stock.contracts[number].consumerID])
                let contracts = try catalogue.list(
                    SubscriptionRow.self, sold: (Catalogue.contractsOfProvider, provider.id), limit: 10)
                #expect(contracts == [stock.contracts[number]])
                #expect(try catalogue.holds(contract: contracts[0].id, ofProvider: provider.id))
                #expect(try !catalogue.holds(contract: other.id, ofProvider: provider.id))
                #expect(try !catalogue.holds(consumer: other.consumerID, ofProvider: provider.id))
                let tried = try catalogue.contracts(of: ["product\(number)"], plan: nil, in: Self.day, limit: 10)
                #expect(tried.map(\.contract) == contracts)
                #expect(tried.map(\.consumer.externalID) == ["c\(number)"])
            }
            #expect(try catalogue.contracts(of: ["product0"], plan: "plan1", in: Self.day, limit: 10).isEmpty)
            #expect(try catalogue.contracts(of: ["product0"], plan: nil, in: 0..<9, limit: 10).isEmpty)
            let listed = try catalogue.listedProducts()
            #expect(listed.map(\.product.slug) == ["product0"])
            #expect(listed.first?.plans.map(\.plan.code) == ["plan0"])
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func usageAndRevenueAreSummedByContractAndPlan(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind)
        let stock = try await stock(made)
        try await use(stock, made)
        try await run(made) { catalogue throws(StoreError) in
            let all = try catalogue.usage(UsageSum.Question(hours: Self.hours, byHour: false))
            #expect(all.count == 8)
            let question = UsageSum.Question(
                hours: Self.hours, byHour: true, consumer: stock.contracts[0].consumerID, products: ["product0"])
            let some = try catalogue.usage(question)
            #expect(some.map(\.outcome.name) == ["admitted", "resolved", "2xx", "denied-rate"])
            #expect(some.map(\.totals.calls) == [10, 8, 8, 3])
            #expect(some.allSatisfy { $0.hour == Int64(Self.hour) && $0.subscription == stock.contracts[0].id })
            #expect(some.allSatisfy { $0.totals.bytesOut == 7 && $0.grant == stock.grants[0] })
            #expect(
                try catalogue.allowedCalls(in: Self.hours).map { "\($0.plan) \($0.product) \($0.calls)" } == [
                    "plan0 product0 10", "plan1 product1 10",
                ])
            let revenue = try catalogue.ledger.revenue(in: Self.day)
            #expect(Set(revenue.map(\.plan)) == Set(stock.plans.map(\.id)))
            #expect(revenue.allSatisfy { $0.amount == 5_000_000_000 && $0.ledger == "USD/9" })
            #expect(try catalogue.ledger.revenue(in: 0..<9).isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func whatIsDrawnFromMoneyIsRevenueAndWhatWasGivenIsNot(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind)
        let stock = try await stock(made)
        let usd = try Currency("USD")
        let contract = stock.contracts[0]
        let grants = try await run(made) { catalogue throws(StoreError) in
            let paid = try catalogue.ledger.place(
                .topup(
                    Money(nano: 1_000, usd), externalID: "t", consumer: contract.consumerID,
                    subscription: contract.id, ceiling: .one, actor: "card"))
            let given = try catalogue.ledger.place(
                Order(
                    externalID: "g", consumer: contract.consumerID, subscription: contract.id, kind: .trial,
                    lines: [OrderLine(unit: .money(usd), amount: 1_000, ceiling: .one)], actor: "a", reason: "r"))
            return [paid.receipt.lines[0].grant, given.receipt.lines[0].grant]
        }
        let windows = WindowStore(made.database, identifier: Identifier { Self.start * 1_000 })
        for (number, grant) in grants.enumerated() {
            var dimensions = Dimensions()
            (dimensions.contract, dimensions.grant) = ("\(contract.id)/1", grant)
            let cell = Cell(
                key: Hash128(deriving: grant), dimensions: dimensions, hour: Self.hour, outcome: .admitted,
                totals: Totals(calls: 1, units: 300))
            let incarnation = Hash128(low: UInt64(number), high: 3)
            _ = try await windows.exchange(
                incarnation: incarnation, cells: [],
                asks: [WindowAsk(grant: grant, granted: 0, returned: 0, want: 500, need: 500)], now: Self.start)
            _ = try await windows.exchange(incarnation: incarnation, cells: [cell], asks: [], now: Self.start)
        }
        _ = try await windows.sweep(now: Self.start + 3_600)
        let revenue = try await run(made) { catalogue throws(StoreError) in
            try catalogue.ledger.revenue(in: Self.day)
        }
        #expect(revenue.first { $0.plan == contract.planID }?.amount == 5_000_000_300)
    }

    @Test(arguments: DatabaseKind.allCases)
    func agentsOfANamespaceAreToldOfTheirsAndOfEverybodys(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind)
        let stock = try await stock(made)
        try await run(made) { catalogue throws(StoreError) in
            let all = try catalogue.changes(since: 0)
            let edge = try catalogue.changes(since: 0, seenBy: "edge")
            #expect(edge.products == all.products && edge.keys == all.keys && edge.contracts == all.contracts)
            let core = try catalogue.changes(since: 0, seenBy: "core")
            #expect(core.products.map(\.slug) == ["product0"] && core.routes.count == 1)
            #expect(core.plans.map(\.code) == ["plan0"] && core.meters.map(\.planID) == [stock.plans[0].id])
            #expect(core.contracts.map(\.subscription) == [stock.contracts[0]] && core.keys.count == 1)
            #expect(core.grants.map(\.grant.id) == [stock.grants[0]] && core.gone.isEmpty)
            // A change of what is not seen: it is gone, with all that refers to it.
            let known = try catalogue.consumer("c1", field: "consumer")
            var suspended = known
            suspended.state = .suspended
            _ = try catalogue.change(suspended, from: known)
            let change = try catalogue.changes(since: all.to, seenBy: "core")
            #expect(change.contracts.isEmpty && change.gone.map(\.kind) == ["key", "grant", "subscription"])
            let seen = try catalogue.changes(since: all.to, seenBy: "edge")
            #expect(seen.contracts.count == 1 && seen.gone.isEmpty)
        }
        // A grant of what another namespace sells is closed.
        let windows = WindowStore(made.database, identifier: Identifier { Self.start * 1_000 })
        for (namespace, number, state) in [
            ("core", 0, WindowAnswer.State.open), ("core", 1, .closed), ("edge", 1, .open), (nil, 1, .open),
        ] as [(String?, Int, WindowAnswer.State)] {
            let answer = try await windows.exchange(
                incarnation: Hash128(low: UInt64(number), high: 1), cells: [],
                asks: [WindowAsk(grant: stock.grants[number], granted: 0, returned: 0, want: 5, need: 5)],
                namespace: namespace, now: Self.start)
            #expect(answer.answers[0].state == state, "\(namespace ?? "all") \(number)")
        }
    }
}

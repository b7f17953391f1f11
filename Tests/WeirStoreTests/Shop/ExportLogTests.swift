import Testing
import WeirBilling
import WeirCore
import WeirStore

/// The log of exports, on every database.
@Suite struct ExportLogTests {
    /// 2027-01-15 08:00.
    private static let start: Int64 = 1_800_000_000
    private static let hour = UInt32(start / 3_600) - 3

    private func run<Result: Sendable>(
        _ made: DatabaseUnderTest, at now: Int64 = start,
        _ body: @escaping @Sendable (Catalogue) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        try await made.database.write { connection throws(StoreError) in
            try body(Catalogue(connection, now: now, identifier: Identifier { now * 1_000 }))
        }
    }

    /// A contract to a plan with these meters.
    private func contract(
        _ made: DatabaseUnderTest, mode: PlanRow.Mode = .package, meters: [(String, Int64, Int64)]
    ) async throws(StoreError) -> SubscriptionRow {
        let codes = meters.map { (code: $0.0, ceilingNano: $0.1, ceilingPer: $0.2, usedUp: "") }
        return try await run(made) { catalogue throws(StoreError) in
            let provider = try catalogue.add(ProviderRow(slug: "acme", name: "Acme"))
            _ = try catalogue.add(
                ProductRow(
                    providerID: provider.id, slug: "weather", name: "weather", docsURL: "", isListed: true, hosts: "",
                    costCurrency: "", costNano: 0, costPer: 1))
            let draft = Catalogue.PlanDraft(
                plan: PlanRow(
                    providerID: "", code: "starter", number: 0, source: "x", mode: mode, currency: "USD",
                    unreported: .bill, outage: "deny", rules: ""), products: ["weather"], meters: codes)
            _ = try catalogue.publish(try catalogue.keep(draft).plan)
            let consumer = try catalogue.add(
                ConsumerRow(
                    externalID: "42", name: "Ada", email: "", currency: "", zone: "UTC", creditLimitNano: 0,
                    state: .active))
            return try catalogue.subscribe(consumer, to: "starter", version: 1, by: "Ada")
        }
    }

    private func cell(
        _ contract: String, _ outcome: Outcome, _ calls: UInt64, units: UInt64? = nil, grant: String = "",
        hour: UInt32 = hour
    ) -> Cell {
        var dimensions = Dimensions()
        (dimensions.contract, dimensions.consumer, dimensions.grant) = (contract, "con_x", grant)
        return Cell(
            key: Hash128(deriving: "\(contract) \(grant)"), dimensions: dimensions, hour: hour, outcome: outcome,
            totals: Totals(calls: calls, units: units ?? calls))
    }

    private func send(_ cells: [Cell], _ made: DatabaseUnderTest, at now: Int64 = start) async throws(StoreError) {
        _ = try await UsageStore(made.database).merge(cells, of: Hash128(low: 1, high: 9), at: now)
    }

    private func export(_ made: DatabaseUnderTest, at now: Int64 = start) async throws(StoreError) -> [ExportEntry] {
        try await run(made, at: now) { catalogue throws(StoreError) in
            let log = ExportLog(catalogue)
            while try log.advance(limit: 2) == 2 {}
            return try log.entries(after: 0, limit: 100)
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func closedHoursAreEntriesAndChangesAreRevisions(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind)
        let contract = try await contract(made, meters: [("calls", 0, 1)]).id
        // Two periods of one subscription in an hour, drawn from two grants, and what nobody paid.
        let cells = [
            cell("\(contract)/1", .admitted, 10, grant: "invoice/calls"),
            cell("\(contract)/1", .resolved, 4, grant: "invoice/calls"),
            cell("\(contract)/1", .status(200), 3, units: 3, grant: "invoice/calls"),
            cell("\(contract)/1", .status(500), 1, units: 0, grant: "invoice/calls"),
            cell("\(contract)/2", .admitted, 5, grant: "grt_00000000000000000000000001/bytes_out"),
            cell("\(contract)/2", .admitted, 7, grant: "invoice/calls"), cell("\(contract)/2", .admitted, 100),
        ]
        try await send(cells, made)
        let entries = try await export(made)
        #expect(entries.map(\.meter) == ["bytes_out", "calls"])
        // 10 − 4 + 3 of the first period, 7 of the second.
        #expect(entries.map(\.value) == [5, 16])
        #expect(entries.map(\.change) == [5, 16])
        #expect(entries.map(\.revision) == [1, 1])
        #expect(entries.map(\.externalID) == ["42", "42"])
        #expect(entries.map(\.hour) == [Int64(Self.hour), Int64(Self.hour)])
        // Usage that comes again changes nothing.
        try await send(cells, made)
        #expect(try await export(made) == entries)
        // What comes later is the difference; a correction may be below 0.
        try await send([cell("\(contract)/1", .admitted, 12, grant: "invoice/calls")], made)
        try await send([cell("\(contract)/1", .resolved, 9, grant: "invoice/calls")], made)
        let later = try await export(made)
        #expect(later.prefix(2) == entries.prefix(2))
        #expect(later.count == 3 && later[2].change == 2 - 5 && later[2].value == 13 && later[2].revision == 2)
        #expect(Set(later.map(\.identifier)).count == 3)
        #expect(later.allSatisfy { $0.identifier.hasPrefix("exp_") && $0.identifier.utf8.count == 30 })
    }

    @Test(arguments: DatabaseKind.allCases)
    func anHourIsClosedWhenReportsOfItAreNotWaitedForAnyMore(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind)
        let contract = try await contract(made, meters: [("calls", 0, 1)]).id
        try await send([cell("\(contract)/1", .admitted, 1, grant: "invoice/calls")], made)
        let end = (Int64(Self.hour) + 1) * 3_600
        #expect(try await export(made, at: end + ExportHours.grace - 1).isEmpty)
        #expect(try await export(made, at: end + ExportHours.grace).count == 1)
    }

    @Test(arguments: DatabaseKind.allCases)
    func plansWithoutMetersAreCountedByCallsAndMoneyByWhatCosts(_ kind: DatabaseKind) async throws {
        let free = try await DatabaseUnderTest(kind)
        let contract = try await contract(free, meters: []).id
        try await send(
            [
                cell("\(contract)/1", .admitted, 9), cell("\(contract)/1", .resolved, 9),
                cell("\(contract)/1", .status(200), 9), cell("\(contract)/1", .denied(.rate), 50),
            ], free)
        #expect(try await export(free).map { "\($0.meter) \($0.value)" } == ["calls 9"])
        let payg = try await DatabaseUnderTest(kind)
        let other = try await self.contract(payg, mode: .payg, meters: [("calls", 0, 1), ("bytes_out", 5, 1)])
        let usd = try Currency("USD")
        let grant = try await run(payg) { catalogue throws(StoreError) in
            try catalogue.ledger.place(
                .topup(
                    Money(nano: 9_000_000_000, usd), externalID: "1", consumer: other.consumerID,
                    subscription: other.id,
                    ceiling: try UnitCeiling(5, per: 1), actor: "card")
            ).receipt.lines[0].grant
        }
        try await send([cell("\(other.id)/1", .admitted, 1, units: 700, grant: grant)], payg)
        #expect(try await export(payg).map { "\($0.meter) \($0.value)" } == ["bytes_out 700"])
    }

    @Test(arguments: DatabaseKind.allCases)
    func anExportersPlaceOnlyGoesForward(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind)
        let contract = try await contract(made, meters: [("calls", 0, 1)]).id
        for hour in 0..<5 as Range<UInt32> {
            try await send(
                [cell("\(contract)/1", .admitted, 1, grant: "invoice/calls", hour: Self.hour - hour)], made)
        }
        #expect(try await export(made).map(\.number) == [1, 2, 3, 4, 5])
        try await run(made) { catalogue throws(StoreError) in
            let log = ExportLog(catalogue)
            #expect(try log.position(of: "stripe") == 0)
            #expect(try log.confirm("stripe", 3) == 3)
            #expect(try log.confirm("stripe", 2) == 3)
            #expect(try log.position(of: "csv") == 0)
            #expect(try log.entries(after: 3, limit: 1).map(\.number) == [4])
        }
        await #expect(throws: StoreError.self) {
            try await run(made) { catalogue throws(StoreError) in _ = try ExportLog(catalogue).confirm("stripe", 6) }
        }
    }
}

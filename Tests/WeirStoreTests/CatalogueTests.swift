import Synchronization
import Testing
import WeirCore
import WeirStore
import WeirTestSupport

/// The catalogue at rest, on every database.
@Suite struct CatalogueTests {
    /// 2027-01-15.
    private static let start: Int64 = 1_800_000_000

    private func run<Result: Sendable>(
        _ made: DatabaseUnderTest, at now: Int64 = start,
        _ body: @escaping @Sendable (Catalogue) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        try await made.database.write { connection throws(StoreError) in
            try body(Catalogue(connection, now: now, identifier: Identifier { now * 1_000 }))
        }
    }

    private func refusal(_ work: () async throws -> Void) async -> Refusal? {
        do {
            try await work()
            return nil
        } catch {
            return (error as? StoreError)?.refusal
        }
    }

    private static func plan(_ text: String = "v1") -> Catalogue.PlanDraft {
        Catalogue.PlanDraft(
            plan: PlanRow(
                providerID: "", code: "starter", number: 0, source: text, mode: .package, currency: "USD",
                feeNano: 5_000_000_000, unreported: .bill, outage: "deny", rules: ""), products: ["weather"],
            meters: [("calls", 500, 1_000, "deny")])
    }

    private static func product(_ slug: String, _ catalogue: Catalogue) throws(StoreError) -> ProductRow {
        let provider = try catalogue.add(ProviderRow(slug: "acme", name: "Acme"))
        return try catalogue.add(
            ProductRow(
                providerID: provider.id, slug: slug, name: slug, docsURL: "", isListed: true,
                hosts: "a.example|*.b.example",
                costCurrency: "USD", costNano: 1, costPer: 1_000))
    }

    /// A product, a plan that is published, a consumer with a contract, a key.
    private static func stock(_ catalogue: Catalogue) throws(StoreError) -> (contract: SubscriptionRow, key: KeyRow) {
        _ = try product("weather", catalogue)
        _ = try catalogue.publish(try catalogue.keep(plan()).plan)
        let consumer = try catalogue.add(
            ConsumerRow(
                externalID: "42", name: "Ada", email: "", currency: "", zone: "UTC", creditLimitNano: 0, state: .active)
        )
        let contract = try catalogue.subscribe(consumer, to: "starter", version: 1, by: "Ada")
        let key = try catalogue.add(
            KeyRow(
                consumerID: consumer.id, subscriptionID: contract.id, name: "main", prefix: "weir_live_abcd",
                digest: String(repeating: "a", count: 64), state: .active), of: consumer)
        return (contract, key)
    }

    @Test(arguments: DatabaseKind.allCases) func rowsComeBackAsTheyWere(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind)
        let (contract, key) = try await run(made) { catalogue throws(StoreError) in try Self.stock(catalogue) }
        try await run(made) { catalogue throws(StoreError) in
            #expect(try catalogue.find(KeyRow.self, "id", key.id) == key)
            #expect(try catalogue.find(SubscriptionRow.self, "id", contract.id) == contract)
            #expect(try catalogue.consumer("42", field: "x").currency == "USD")
            let detail = try catalogue.detail(try catalogue.plan("starter", field: "x"))
            #expect(detail.plan.number == 1)
            #expect(detail.products.map(\.hosts) == ["a.example|*.b.example"])
            #expect(detail.meters.map(\.ceilingNano) == [500])
            #expect(try catalogue.list(ProductRow.self, limit: 10).map(\.slug) == ["weather"])
            let events = try catalogue.events(of: contract.consumerID, after: 0, limit: 10)
            #expect(events.map(\.kind) == ["consumer.signed_up", "subscription.started", "key.created"])
            #expect(try catalogue.funnel(of: contract.consumerID)?.firstKey == Self.start)
        }
    }

    /// The same again is what is there; something else of the same name is refused; a refusal leaves nothing.
    @Test(arguments: DatabaseKind.allCases) func namesAreTakenOnce(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind)
        let first = try await run(made) { catalogue throws(StoreError) in try Self.product("weather", catalogue) }
        let again = try await run(made, at: Self.start + 9) { catalogue throws(StoreError) in
            try Self.product("weather", catalogue)
        }
        #expect(again == first)
        let taken = await refusal {
            try await run(made) { catalogue throws(StoreError) in
                _ = try catalogue.add(ProviderRow(slug: "other", name: "Other"))
                _ = try catalogue.add(ProviderRow(slug: "acme", name: "Another"))
            }
        }
        #expect(taken?.kind == .conflict)
        #expect(taken?.field == "slug")
        let slugs = try await run(made) { catalogue throws(StoreError) in
            try catalogue.list(ProviderRow.self, limit: 10).map(\.slug)
        }
        #expect(slugs == ["acme"])
        for hostile in ["'; DROP TABLE provider; --", "\u{1F600}", "a\\b", "$1"] {
            let missing = await refusal {
                _ = try await run(made) { catalogue throws(StoreError) in
                    try catalogue.product(hostile, field: "product")
                }
            }
            #expect(missing?.field == "product")
        }
    }

    @Test(arguments: DatabaseKind.allCases) func aChangeIsADeltaAndVersionsOnlyGrow(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind)
        let (contract, key) = try await run(made) { catalogue throws(StoreError) in try Self.stock(catalogue) }
        let whole = try await run(made) { catalogue throws(StoreError) in try catalogue.changes(since: 0) }
        #expect(whole.from == 0)
        #expect(whole.products.count == 1 && whole.plans.count == 1 && whole.meters.count == 1 && whole.keys.count == 1)
        #expect(whole.contracts.map(\.state) == [.active])
        #expect(whole.contracts.map(\.products) == [whole.products.map(\.id)])
        let none = try await run(made) { catalogue throws(StoreError) in try catalogue.changes(since: whole.to) }
        #expect(none.to == whole.to && none.keys.isEmpty && none.products.isEmpty)
        _ = try await run(made) { catalogue throws(StoreError) in try catalogue.revoke(key) }
        let delta = try await run(made) { catalogue throws(StoreError) in try catalogue.changes(since: whole.to) }
        #expect(delta.to == whole.to + 1)
        #expect(delta.keys.map(\.state) == [.revoked])
        #expect(delta.contracts.isEmpty)
        // A refused change draws no version.
        _ = await refusal {
            try await run(made) { catalogue throws(StoreError) in
                let draft = KeyRow(
                    consumerID: contract.consumerID, name: "b", prefix: "p", digest: String(repeating: "b", count: 64),
                    state: .active)
                _ = try catalogue.add(draft, of: try catalogue.consumer("42", field: "consumer"))
                throw .refused(.conflict, "x", "y")
            }
        }
        let version = try await run(made) { catalogue throws(StoreError) in try catalogue.policyVersion() }
        #expect(version == delta.to)
        // A draft is no change either.
        _ = try await run(made) { catalogue throws(StoreError) in try catalogue.keep(Self.plan("v2")) }
        let drafted = try await run(made) { catalogue throws(StoreError) in try catalogue.changes(since: 0) }
        #expect(drafted.plans.map(\.number) == [1])
        #expect(drafted.meters.count == 1)
    }

    /// Changes that several make at once: each is in a delta, none is missed by one who follows the versions.
    @Test(arguments: DatabaseKind.allCases) func whoFollowsVersionsMissesNoneOfManyChangesAtOnce(_ kind: DatabaseKind)
        async throws
    {
        let made = try await DatabaseUnderTest(kind)
        let product = try await run(made) { catalogue throws(StoreError) in try Self.product("weather", catalogue) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    _ = try await run(made, at: Self.start + Int64(number)) { catalogue throws(StoreError) in
                        try catalogue.add(
                            RouteRow(
                                productID: product.id, name: "r\(number)", methods: "", path: "/\(number)", weight: 1,
                                place: 0))
                    }
                }
            }
            group.addTask {
                var seen: Set<String> = []
                var version: Int64 = 0
                while seen.count < 20 {
                    let since = version
                    let delta = try await run(made) { catalogue throws(StoreError) in
                        try catalogue.changes(since: since)
                    }
                    #expect(delta.to >= version)
                    seen.formUnion(delta.routes.map(\.name))
                    version = delta.to
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(arguments: DatabaseKind.allCases) func anAnswerIsKeptForADay(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind)
        let given = Catalogue.GivenAnswer(request: "r", status: 201, answer: "sealed")
        try await run(made) { catalogue throws(StoreError) in try catalogue.keep(given, to: "k") }
        let day = Catalogue.answerLife
        for (later, answer) in [(0, given), (day - 1, given), (day, nil)] as [(Int64, Catalogue.GivenAnswer?)] {
            let found = try await run(made, at: Self.start + later) { catalogue throws(StoreError) in
                try catalogue.answer(to: "k")
            }
            #expect(found == answer, "\(later)")
        }
        // The next one that is kept takes the old one away.
        try await run(made, at: Self.start + day) { catalogue throws(StoreError) in try catalogue.keep(given, to: "k") }
    }

    @Test(arguments: DatabaseKind.allCases) func usageLeavesItsTrailInTheSameTransaction(_ kind: DatabaseKind)
        async throws
    {
        let made = try await DatabaseUnderTest(kind)
        let (contract, key) = try await run(made) { catalogue throws(StoreError) in try Self.stock(catalogue) }
        let store = UsageStore(made.database)
        let hour: UInt32 = UInt32(Self.start / 3_600) + 2
        func cell(_ outcome: Outcome, _ calls: UInt64, at hour: UInt32, contract name: String) -> Cell {
            var dimensions = Dimensions()
            dimensions.consumer = contract.consumerID
            dimensions.key = key.id
            dimensions.contract = name
            return Cell(
                key: Hash128(deriving: name), dimensions: dimensions, hour: hour, outcome: outcome,
                totals: Totals(calls: calls, units: calls))
        }
        let billed = "\(contract.id)/1"
        let batch = [cell(.admitted, 3, at: hour, contract: billed), cell(.status(200), 1, at: hour, contract: billed)]
        for _ in 0..<3 {
            _ = try await store.merge(
                batch, of: Hash128(low: 1, high: 1), at: Int64(hour) * 3_600 + 1_800)
        }
        try await run(made) { catalogue throws(StoreError) in
            let outbox = try catalogue.outbox(since: 0, limit: 10)
            // Repeats are no changes.
            #expect(outbox.map(\.hour) == [Int64(hour)])
            #expect(outbox.map(\.revision) == [1])
            #expect(try catalogue.funnel(of: contract.consumerID)?.firstOK == Int64(hour) * 3_600)
            // Not before it can have happened.
            #expect(try catalogue.funnel(of: contract.consumerID)?.lastCall == Int64(hour) * 3_600 + 1_800)
            #expect(try catalogue.key(key.id).lastUsedAt == Int64(hour) * 3_600 + 1_800)
        }
        _ = try await store.merge(
            [cell(.admitted, 5, at: hour, contract: billed), cell(.admitted, 1, at: hour + 1, contract: "")],
            of: Hash128(low: 1, high: 1), at: Int64(hour) * 3_600 + 9_000)
        try await run(made) { catalogue throws(StoreError) in
            let outbox = try catalogue.outbox(since: 0, limit: 10)
            // What is under no contract is no bill's.
            #expect(outbox.map(\.revision) == [2])
            #expect(try catalogue.funnel(of: contract.consumerID)?.lastCall == Int64(hour + 2) * 3_600)
        }
    }

    /// A version is an asker's own only in the epoch in which it was given to him.
    @Test(arguments: DatabaseKind.allCases)
    func aVersionIsRightInItsEpochAlone(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind)
        func given(_ version: Int64, _ epoch: String?) async throws -> Bool {
            try await run(made) { catalogue throws(StoreError) in try catalogue.hasGiven(version, in: epoch) }
        }
        func change(_ count: Int) async throws -> Int64 {
            try await run(made) { catalogue throws(StoreError) in
                for _ in 0..<count {
                    _ = try catalogue.connection.run("UPDATE policy_version SET version = version + 1 WHERE id = 1")
                }
                return try catalogue.policyVersion()
            }
        }
        #expect(try await given(1, nil))
        #expect(try await !given(1, "one"))
        try await run(made) { catalogue throws(StoreError) in try catalogue.beginEpoch("one") }
        let first = try await change(3)
        #expect(try await given(first, "one"))
        #expect(try await given(first - 1, "one"))
        #expect(try await given(0, "one"))
        // Another start: whoever is at its version has it of the one before.
        try await run(made) { catalogue throws(StoreError) in try catalogue.beginEpoch("two") }
        #expect(try await given(first, "one"))
        #expect(try await given(first, "two"))
        let second = try await change(3)
        #expect(try await given(second, "two"))
        #expect(try await !given(second, "one"))
        #expect(try await !given(first - 1, "two"))
        #expect(try await !given(second + 1, "two"))
        #expect(try await !given(second + 1, nil))
        // Restored to where the first one was: what "two" gave is nobody's, however far versions have come again.
        try await run(made) { catalogue throws(StoreError) in
            _ = try catalogue.connection.run("DELETE FROM policy_epoch WHERE id = 'two'")
            _ = try catalogue.connection.run(
                "UPDATE policy_version SET version = $1 WHERE id = 1", [.integer(first)])
            try catalogue.beginEpoch("three")
        }
        _ = try await change(9)
        #expect(try await !given(second, "two"))
        #expect(try await !given(second, "one"))
        #expect(try await given(first, "one"))
        #expect(try await given(second, "three"))
        // What is remembered is bounded.
        try await run(made) { catalogue throws(StoreError) in
            for number in 0..<300 { try catalogue.beginEpoch("more-\(number)") }
        }
        let rows = try await run(made) { catalogue throws(StoreError) in
            try catalogue.connection.run("SELECT count(*) FROM policy_epoch")[0].integer(0)
        }
        #expect(rows == 256)
        #expect(try await run(made) { catalogue throws(StoreError) in try catalogue.policyEpoch() } == "more-299")
    }

    /// Lists are read by id, in parts: what is made later never comes before what was read.
    @Test func idsOfOneProcessAreInOrderWithinAMillisecondAndWhereItsClockGoesBack() {
        let clock = Mutex<Int64>(1_800_000_000_000)
        let first = Identifier(milliseconds: { clock.withLock { $0 } })
        // Endpoints and housekeeping have one each.
        let second = Identifier(milliseconds: { clock.withLock { $0 } })
        var last = ""
        for step in 0..<2_000 {
            if step.isMultiple(of: 500) { clock.withLock { $0 -= 3 } }
            if step.isMultiple(of: 333) { clock.withLock { $0 += 2 } }
            let id = (step.isMultiple(of: 2) ? first : second).next(.order)
            #expect(id > last, "\(step)")
            last = id
        }
        // A clock that was hours ahead does not hold ids up for as long.
        clock.withLock { $0 -= 3_600_000 }
        #expect(first.next(.order) < last)
    }

    @Test func idsSortByTheirTimeAndAreOfTheirKind() {
        let early = Identifier(milliseconds: { 1 }, random: { (.max, .max) })
        let late = Identifier(milliseconds: { 2 }, random: { (0, 0) })
        let first = early.next(.key)
        #expect(first == "key_0000000001zzzzzzzzzzzzzzzz")
        #expect(first < late.next(.key))
        #expect(Identifier.isWellFormed(late.next(.plan), .plan))
        #expect(!Identifier.isWellFormed(late.next(.plan), .key))
        for wrong in [
            "key_", "key_0000000001ZZZZZZZZZZZZZZZZ", "key_0000000001zzzzzzzzzzzzzzzl",
            "key0000000001zzzzzzzzzzzzzzzzz",
        ] {
            #expect(!Identifier.isWellFormed(wrong, .key), "\(wrong)")
        }
    }
}

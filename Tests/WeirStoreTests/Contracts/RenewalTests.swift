import Testing
import WeirBilling
import WeirStore
import WeirTestSupport

/// Subscriptions as time goes by, on every database, against the pure model's numbers.
@Suite struct RenewalTests {
    typealias Kind = LedgerUnderTest.Kind

    @Test(arguments: Kind.allCases) func itRenewsToTheSecondAndIsToldOfItAhead(_ kind: Kind) async throws {
        let shop = try await ContractsUnderTest(kind, at: "2026-01-31T09:00:00Z")
        let plan = try await shop.publish(
            ContractsUnderTest.text(period: "month in Europe/Berlin", "grant 3000 calls\noverdue grace 366 days"))
        let id = try await shop.subscribe(to: "p")
        var (model, _) = try Subscription.start(id, plan, at: shop.now, clock: ContractsUnderTest.clock)
        for number in Int64(1)...4 {
            let end = try #require(model.contract.end)
            #expect(try await shop.store.nextLook() == end - Contracts.ahead)
            try await shop.go(to: end - Contracts.ahead - 1)
            #expect(try await shop.told(id).subscription.next == nil)
            try await shop.go(to: end - Contracts.ahead)
            let told = try await shop.told(id)
            #expect(told.subscription.period == number && told.subscription.endsAt == nil)
            #expect(
                told.subscription.next
                    == .init(number: number + 1, from: end, planID: told.subscription.planID))
            #expect(told.nextProducts == told.products)
            // What the next period grants is there, and is not used before.
            let grants = try await shop.grants().map(\.grant)
            #expect(grants.map(\.expiresAt).contains(end) && grants.map(\.effectiveAt).contains(end))
            try await shop.go(to: end - 1)
            #expect(try await shop.told(id) == told)
            try await shop.go(to: end)
            _ = try model.advance(to: end, clock: ContractsUnderTest.clock)
            let next = try await shop.detail(id)
            #expect(next.contract == model.contract && next.contract.start == end && next.row.next == nil)
        }
        let starts = try await shop.contracts(id).map(\.startsAt)
        #expect(
            try starts == [
                instant("2026-01-31T09:00:00Z"), instant("2026-02-28T09:00:00Z"), instant("2026-03-31T08:00:00Z"),
                instant("2026-04-30T08:00:00Z"), instant("2026-05-31T08:00:00Z"),
            ])
        #expect(try await shop.charges(id) == (1...5).map { "\($0) 30.00 USD" })
        #expect(try await shop.detail(id).due == Money("150 USD"))
        #expect(try await shop.events().filter { $0 == "subscription.renewed" }.count == 4)
        #expect(try await shop.broken() == [])
    }

    /// A collector that was away for long makes the contracts that there had to be, each once, at their instants.
    @Test(arguments: Kind.allCases) func whoWasAwayCatchesUp(_ kind: Kind) async throws {
        let shop = try await ContractsUnderTest(kind, at: "2026-03-20T10:00:00Z")
        let plan = try await shop.publish(
            ContractsUnderTest.text(
                fee: "2.40", period: "day from 02:30 in Europe/Berlin", "grant 100 calls\noverdue grace 90 days"))
        let id = try await shop.subscribe(to: "p")
        var (model, events) = try Subscription.start(id, plan, at: shop.now, clock: ContractsUnderTest.clock)
        try await shop.go(to: "2026-04-10T12:00:00Z")
        events += try model.advance(to: shop.now, clock: ContractsUnderTest.clock)
        let rows = try await shop.contracts(id)
        #expect(rows.map(\.contract) == events.compactMap(\.begun?.contract))
        #expect(
            try await shop.charges(id)
                == events.compactMap { event in event.begun.map { "\($0.contract.number) \($0.fee)" } })
        // Days of 23, 24 and 25 hours follow one another without a second between.
        #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.endsAt == $1.startsAt && $0.closedAt != nil })
        #expect(rows.last?.endsAt.map { $0 > shop.now } == true && rows.last?.closedAt == nil)
        // Only what can still be used was issued.
        #expect(try await shop.grants().filter { $0.grant.expiresAt ?? 0 > shop.now }.map(\.account.available) == [100])
        try await shop.keepHouse()
        #expect(try await shop.contracts(id) == rows)
        #expect(try await shop.broken() == [])
    }

    @Test(arguments: Kind.allCases) func severalCollectorsAtOnceRenewOnce(_ kind: Kind) async throws {
        let shop = try await ContractsUnderTest(kind, at: "2026-01-15T00:00:00Z")
        try await shop.publish(ContractsUnderTest.text("p", fee: "0", period: "month in UTC"))
        var ids: [String] = []
        for _ in 0..<6 { ids.append(try await shop.subscribe(to: "p")) }
        for time in ["2026-02-14T23:59:00Z", "2026-02-15T00:00:00Z", "2026-05-20T00:00:00Z"] {
            shop.now = try instant(time)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 { group.addTask { try await shop.keepHouse() } }
                try await group.waitForAll()
            }
        }
        for id in ids {
            #expect(try await shop.contracts(id).map(\.number) == [1, 2, 3, 4, 5])
            #expect(try await shop.detail(id).contract.start == instant("2026-05-15T00:00:00Z"))
        }
        #expect(try await shop.broken() == [])
    }

    @Test(arguments: Kind.allCases) func aTrialIsFreeOnceAndAPeriodFollowsIt(_ kind: Kind) async throws {
        let shop = try await ContractsUnderTest(kind, at: "2026-03-20T10:00:00Z")
        try await shop.publish(
            ContractsUnderTest.text(
                period: "month in Europe/Berlin", "grant 3000 calls\ntrial 14 days\noverdue grace 2 days"))
        let id = try await shop.subscribe(to: "p")
        #expect(try await shop.detail(id).standing == .trial)
        #expect(try await shop.charges(id) == [])
        #expect(try await shop.grants().map(\.account.available) == [3_000])
        try await shop.go(to: "2026-04-03T09:00:00Z")
        let paid = try await shop.detail(id)
        #expect(try paid.standing == .active && paid.due == Money("30 USD") && paid.dueSince == shop.now)
        #expect(try await shop.charges(id) == ["2 30.00 USD"])
        // One trial for each consumer and plan.
        let again = try await shop.subscribe(to: "p")
        #expect(try await shop.detail(again).standing == .active)
        #expect(try await shop.charges(again) == ["1 30.00 USD"])
        #expect(try await shop.broken() == [])
    }

    @Test(arguments: Kind.allCases) func balancesRollOverAndPackagesDoNot(_ kind: Kind) async throws {
        let shop = try await ContractsUnderTest(kind, at: "2026-01-15T00:00:00Z")
        try await shop.publish(
            "plan g\nof weather\nmode payg\ncurrency USD\ngrant 5.00 USD\nprice calls per unit 0.01\n")
        try await shop.publish("plan k\nof weather\nmode package\ncurrency USD\nfee 5.00\ngrant 1000 calls\n")
        try await shop.publish(
            "plan o\nof weather\nmode postpaid\ncurrency USD\nperiod month from 1\nprice calls per unit 0.01\ncredit limit 100.00\n"
        )
        let (payg, package) = (try await shop.subscribe(to: "g"), try await shop.subscribe(to: "k"))
        let postpaid = try await shop.subscribe(to: "o")
        for order in ["first", "first", "second"] {
            try await shop.change { contracts throws(StoreError) in _ = try contracts.buy(package, order: order) }
        }
        #expect(try await shop.charges(package) == ["1 5.00 USD", "1 5.00 USD"])
        try await shop.go(to: "2026-03-15T00:00:00Z")
        #expect(try await shop.contracts(payg).map(\.number) == [1, 2, 3])
        #expect(try await shop.contracts(postpaid).last?.startsAt == instant("2026-03-01T00:00:00Z"))
        #expect(try await shop.contracts(package).map(\.endsAt) == [nil])
        let left = try await shop.grants().map(\.account.available).sorted()
        #expect(left == [1_000, 1_000, 5_000_000_000, 100_000_000_000])
        #expect(try await shop.charges(payg) == [])
        #expect(try await shop.broken() == [])
    }

    /// Free plans give what they grant at the start, and again in each period, without a purchase.
    @Test(arguments: Kind.allCases) func aFreePlanGivesItsQuotaAnew(_ kind: Kind) async throws {
        let shop = try await ContractsUnderTest(kind, at: "2026-01-15T12:00:00Z")
        try await shop.publish(ContractsUnderTest.text(fee: "0", period: "day from 00:00", "grant 100 calls"))
        let id = try await shop.subscribe(to: "p")
        #expect(try await shop.grants().map(\.account.available) == [50])
        // A purchase of what costs nothing changes nothing.
        #expect(try await shop.pay(nil, of: id, order: "one").amount == 0)
        let free = try await shop.pay(nil, of: id, order: "one")
        #expect(try await shop.pay(nil, of: id, order: "one") == free)
        try await shop.go(to: "2026-01-16T00:00:00Z")
        let live = try await shop.grants().filter { $0.grant.isLive(at: shop.now) }
        #expect(live.map(\.account.available) == [100])
        #expect(try await shop.told(id).state == .active)
        #expect(try await shop.broken() == [])
    }

    @Test(arguments: Kind.allCases) func anEndThatWasAskedForIsKeptToTheSecond(_ kind: Kind) async throws {
        let shop = try await ContractsUnderTest(kind, at: "2026-04-01T00:00:00Z")
        try await shop.publish(
            ContractsUnderTest.text(period: "month in UTC", "grant 30 calls\noverdue grace 100 days"))
        let end = try instant("2026-05-11T00:00:00Z")
        let id = try await shop.subscribe(to: "p", ends: end)
        try await shop.go(to: end - 1)
        #expect(try await shop.told(id).subscription.endsAt == end)
        #expect(try await shop.told(id).subscription.next == nil)
        try await shop.go(to: end + 5)
        // 21 of the 31 days of May are given back.
        #expect(try await shop.charges(id).count == 3)
        #expect(try await shop.detail(id).standing == .ended)
        #expect(try await shop.contracts(id).last?.endsAt == end)
        #expect(try await shop.broken() == [])
        // In the past it goes through its periods at once; far in the past it is refused.
        let late = try await shop.subscribe(to: "p", starts: instant("2026-03-01T00:00:00Z"))
        #expect(try await shop.contracts(late).map(\.number) == [1, 2, 3])
        let refused = await shop.refusal { contracts throws(StoreError) in
            _ = try contracts.start(
                try contracts.catalogue.consumer("ada", field: "consumer"), on: "p", version: 1, by: "Ada", starts: 5)
        }
        #expect(refused?.field == "starts_at")
        #expect(try await shop.broken() == [])
    }
}

extension SubscriptionEvent {
    /// The contract that has begun, and its fee.
    var begun: (contract: Contract, fee: ExactAmount)? {
        if case .began(let contract, _, let fee, _) = self { (contract, fee) } else { nil }
    }
}

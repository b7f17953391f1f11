import Testing
import WeirBilling
import WeirStore
import WeirTestSupport

/// Other plans, ends and pauses, on every database: the numbers are those of the pure model's tests.
@Suite struct ContractChangeTests {
    typealias Kind = LedgerUnderTest.Kind
    private static let grace = "\noverdue grace 60 days"

    private func shop(_ kind: Kind, at now: String = "2026-03-31T16:00:00Z") async throws -> ContractsUnderTest {
        let shop = try await ContractsUnderTest(kind, at: now)
        try await shop.publish(ContractsUnderTest.text("p", fee: "30", "grant 3000 calls" + Self.grace))
        try await shop.publish(ContractsUnderTest.text("large", fee: "90", "grant 9000 calls" + Self.grace))
        try await shop.publish(ContractsUnderTest.text("small", fee: "3", "grant 30 calls" + Self.grace))
        return shop
    }

    private func change(
        _ shop: ContractsUnderTest, _ id: String, to plan: String, _ when: Subscription.When? = nil
    ) async throws -> Contracts.ChangeTerms {
        try await shop.change { contracts throws(StoreError) in
            try contracts.change(id, to: plan, version: 1, when: when).terms
        }
    }

    private func live(_ shop: ContractsUnderTest) async throws -> [Int64] {
        try await shop.grants().filter { $0.grant.isLive(at: shop.now) }.map(\.account.available).sorted()
    }

    @Test(arguments: Kind.allCases) func anUpgradeIsPaidByTheSecondAndGivesItsShareAtOnce(_ kind: Kind) async throws {
        let shop = try await shop(kind)
        let id = try await shop.subscribe(to: "p")
        _ = try await shop.pay("30.00", of: id, order: "april")
        try await shop.go(to: "2026-04-10T16:00:00Z")
        let terms = try await change(shop, id, to: "large")
        #expect(terms.when == .now && terms.at == shop.now)
        #expect(try terms.charge == Money("60 USD") && terms.credit == Money("20 USD"))
        #expect(try await shop.charges(id) == ["1 30.00 USD", "1 -20.00 USD", "2 60.00 USD"])
        // Of the old plan's quota nothing is left from this second on.
        #expect(try await live(shop) == [6_000])
        let detail = try await shop.detail(id)
        #expect(try detail.due == Money("40 USD") && detail.dueSince == shop.now && detail.contract.number == 2)
        #expect(try detail.contract.end == instant("2026-04-30T16:00:00Z"))
        try await shop.go(to: "2026-04-30T16:00:00Z")
        #expect(try await live(shop) == [9_000])
        #expect(try await shop.charges(id).last == "3 90.00 USD")
        #expect(try await shop.events().contains("subscription.changed"))
        #expect(try await shop.broken() == [])
    }

    @Test(arguments: Kind.allCases) func aDowngradeWaitsAndWhatIsPreparedIsTakenBack(_ kind: Kind) async throws {
        let shop = try await shop(kind)
        let id = try await shop.subscribe(to: "p")
        let end = try instant("2026-04-30T16:00:00Z")
        try await shop.go(to: end - 60)
        let renewal = try #require(try await shop.told(id).subscription.next)
        // The period that was prepared is of the old plan: it does not begin.
        let terms = try await change(shop, id, to: "small")
        #expect(
            try terms.when == .periodEnd && terms.at == end && terms.charge == Money("3 USD") && terms.credit.nano == 0)
        let changed = try #require(try await shop.told(id).subscription.next)
        #expect(changed.number == renewal.number && changed.planID != renewal.planID)
        #expect(try await shop.detail(id).next == .change)
        func toCome() async throws -> [Int64] {
            try await shop.grants().filter { $0.grant.effectiveAt == end }.map(\.account.available)
        }
        #expect(try await toCome() == [30])
        let kept = try await shop.change { contracts throws(StoreError) in try contracts.keep(id) }
        #expect(kept.next == renewal)
        #expect(try await toCome() == [3_000])
        _ = try await change(shop, id, to: "small", .periodEnd)
        try await shop.go(to: end)
        #expect(try await live(shop) == [30])
        #expect(try await shop.charges(id) == ["1 30.00 USD", "2 3.00 USD"])
        #expect(try await shop.detail(id).next == .renewal)
        #expect(try await shop.broken() == [])
    }

    @Test(arguments: Kind.allCases) func aCancellationEndsAtTheEndOrAtOnce(_ kind: Kind) async throws {
        let shop = try await shop(kind)
        let (later, now) = (try await shop.subscribe(to: "p"), try await shop.subscribe(to: "p"))
        let end = try instant("2026-04-30T16:00:00Z")
        try await shop.go(to: "2026-04-10T16:00:00Z")
        _ = try await shop.change { contracts throws(StoreError) in try contracts.cancel(now, .now) }
        #expect(try await shop.charges(now) == ["1 30.00 USD", "1 -20.00 USD"])
        #expect(try await shop.detail(now).due == Money("10 USD"))
        #expect(try await shop.told(now).state == .ended)
        #expect(try await shop.told(now).subscription.endsAt == shop.now)
        try await shop.go(to: end - 30)
        #expect(try await shop.told(later).subscription.next != nil)
        let row = try await shop.change { contracts throws(StoreError) in try contracts.cancel(later, .periodEnd) }
        // Agents know the last second, and of no period behind it.
        #expect(row.state == .active && row.endsAt == end && row.next == nil)
        #expect(try await shop.grants().filter { $0.grant.isLive(at: end) }.isEmpty)
        let kept = try await shop.change { contracts throws(StoreError) in try contracts.keep(later) }
        #expect(kept.endsAt == nil && kept.next?.from == end)
        _ = try await shop.change { contracts throws(StoreError) in try contracts.cancel(later, .periodEnd) }
        try await shop.go(to: end)
        #expect(try await shop.told(later).state == .ended)
        #expect(try await shop.charges(later) == ["1 30.00 USD"])
        let refused = await shop.refusal { contracts throws(StoreError) in _ = try contracts.keep(later) }
        #expect(refused?.field == "subscription")
        #expect(try await shop.broken() == [])
    }

    @Test(arguments: Kind.allCases) func whatHasNotBegunIsCancelledWhole(_ kind: Kind) async throws {
        let shop = try await shop(kind)
        let id = try await shop.subscribe(to: "p", starts: instant("2026-04-30T16:00:00Z"))
        #expect(try await shop.detail(id).due == Money("30 USD"))
        _ = try await shop.change { contracts throws(StoreError) in try contracts.cancel(id, .now) }
        #expect(try await shop.detail(id).due.nano == 0)
        #expect(try await shop.told(id).state == .ended)
        #expect(try await shop.grants().filter { $0.account.available > 0 }.isEmpty)
        #expect(try await shop.broken() == [])
    }

    @Test(arguments: Kind.allCases) func aPauseTakesAccessAndPeriodsGoOn(_ kind: Kind) async throws {
        let shop = try await shop(kind)
        let id = try await shop.subscribe(to: "p")
        for _ in 0..<2 { _ = try await shop.change { contracts throws(StoreError) in try contracts.pause(id, true) } }
        #expect(try await shop.told(id).state == .paused)
        try await shop.go(to: "2026-05-02T00:00:00Z")
        #expect(try await shop.told(id).state == .paused)
        #expect(try await shop.detail(id).contract.number == 2)
        _ = try await shop.change { contracts throws(StoreError) in try contracts.pause(id, false) }
        #expect(try await shop.told(id).state == .active)
        #expect(try await shop.events().filter { $0 == "subscription.paused" }.count == 1)
        #expect(try await shop.broken() == [])
    }

    @Test(arguments: Kind.allCases) func whatCannotBeChangedIsRefusedByItsField(_ kind: Kind) async throws {
        let shop = try await shop(kind)
        let id = try await shop.subscribe(to: "p")
        try await shop.publish(
            "plan o\nof weather\nmode postpaid\ncurrency USD\nperiod month from 1\nprice calls per unit 0.01\ncredit limit 100.00\n"
        )
        try await shop.publish("plan k\nof weather\nmode package\ncurrency USD\nfee 5.00\ngrant 1000 calls\n")
        try await shop.publish(ContractsUnderTest.text("yuan").replacing("USD", with: "CNY"))
        for (plan, version, field) in [
            ("p", 1, "plan"), ("o", 1, "plan"), ("k", 1, "plan"), ("yuan", 1, "plan"), ("nothing", 1, "plan"),
            ("large", 7, "accepted_version"),
        ] as [(String, Int64, String)] {
            let refused = await shop.refusal { contracts throws(StoreError) in
                _ = try contracts.change(id, to: plan, version: version, when: .now)
            }
            #expect(refused?.field == field, "\(plan)")
        }
        #expect(try await shop.detail(id).next == .renewal)
        #expect(try await shop.contracts(id).count == 1)
        #expect(try await shop.broken() == [])
    }
}

import Testing
import WeirCore

/// Several subscriptions of one consumer: each pays in its turn, and its own rules hold while it does.
@Suite struct PayerTests {
    private typealias Sold = SoldThings

    private static let request = "host=api.example.com path=/v1/forecast/x api_key=\(Sold.key(20))"

    private static func plan(_ number: UInt64, _ code: String, _ mode: PlanRecord.Mode, rules: String = "")
        -> PolicyRecord
    {
        .plan(
            PlanRecord(
                id: Sold.id(number), code: code, version: 1, mode: mode, unreported: .bill, outage: "deny",
                rules: rules))
    }

    private static func meter(_ number: UInt64, of plan: UInt64, ceiling: Int64 = 0) -> PolicyRecord {
        .meter(
            MeterRecord(
                id: Sold.id(number), plan: Sold.id(plan), code: "calls", dimension: .calls, ceilingNumerator: ceiling,
                ceilingDenominator: 1, filter: ""))
    }

    private static func grant(
        _ number: UInt64, of subscription: UInt64, _ unit: String, priority: Int64 = 0, until: Int64? = nil
    ) -> PolicyRecord {
        .grant(
            GrantRecord(
                id: Sold.id(number), subscription: Sold.id(subscription), unit: unit, priority: priority, created: 0,
                until: until, state: .open))
    }

    /// A consumer with a package (subscription 10, grant 30), a balance (11, grant 31), and a key for all that he has (20) and one
    /// for the package alone (21).
    private static func harness(
        _ more: [PolicyRecord] = [], balancePriority: Int64 = 100, rules: String = ""
    ) throws -> LimiterHarness {
        let harness = try LimiterHarness("")
        harness.open()
        let records =
            [
                Sold.product(1, "weather", hosts: ["api.example.com"]),
                plan(4, "pack", .package), meter(6, of: 4), Sold.subscription(10, of: 100, to: 4),
                plan(5, "payg", .payg, rules: rules), meter(7, of: 5, ceiling: 10),
                Sold.subscription(11, of: 100, to: 5), Sold.key(20, of: 100), Sold.key(21, of: 100, for: 10),
                grant(30, of: 10, "calls"), grant(31, of: 11, "money:USD", priority: balancePriority),
            ] + more
        try harness.sell(try ContractBook.whole(records))
        return harness
    }

    private static func check(_ harness: LimiterHarness, _ bank: Bank, _ words: String = request) throws -> Decision {
        for _ in 0..<20 {
            let decision = try harness.check(words)
            guard decision.isWaiting else { return decision }
            harness.pass(milliseconds: 25)
            bank.serve(harness)
        }
        return try harness.check(words, mayWait: false)
    }

    /// Calls that were admitted, by the plan that they were under.
    private static func plans(_ harness: LimiterHarness) -> [String: UInt64] {
        var calls: [String: UInt64] = [:]
        for (name, count) in harness.contractCells() where name.hasPrefix("admitted") {
            calls[String(name.split(separator: " ")[3]), default: 0] += count
        }
        return calls
    }

    @Test func whenAPackageIsUsedUpTheBalancePaysUnderItsOwnRules() throws {
        let harness = try Self.harness(rules: "slow: 2/h burst 2")
        let bank = Bank([30: 3, 31: 1_000])
        for _ in 0..<3 { #expect(try Self.check(harness, bank).verdict == .allow) }
        #expect(Self.plans(harness) == ["pack": 3])
        for _ in 0..<2 { #expect(try Self.check(harness, bank).verdict == .allow) }
        #expect(Self.plans(harness) == ["pack": 3, "payg": 2])
        // The package has no such rule, the balance's plan has.
        #expect(try Self.check(harness, bank).reason == .rate)
        let left = bank.left[Sold.id(31)] ?? 0
        #expect(left == 980)
    }

    @Test func whatIsToBeDrawnFirstIsThatOfThePriority() throws {
        let harness = try Self.harness(balancePriority: -1)
        let bank = Bank([30: 3, 31: 20])
        for _ in 0..<2 { #expect(try Self.check(harness, bank).verdict == .allow) }
        #expect(Self.plans(harness) == ["payg": 2])
        for _ in 0..<3 { #expect(try Self.check(harness, bank).verdict == .allow) }
        #expect(Self.plans(harness) == ["payg": 2, "pack": 3])
    }

    @Test func accessThatIsPaidForComesBeforeWhatIsUsedUp() throws {
        let harness = try Self.harness([Self.plan(8, "season", .subscription), Sold.subscription(12, of: 100, to: 8)])
        let bank = Bank([30: 3, 31: 1_000])
        for _ in 0..<5 { #expect(try Self.check(harness, bank).verdict == .allow) }
        #expect(Self.plans(harness) == ["season": 5])
        #expect(bank.asked == 0)
    }

    @Test func whenAllIsUsedUpTheCallIsDeniedAndAPurchaseOpensItAgain() throws {
        let harness = try Self.harness()
        let bank = Bank([30: 1, 31: 10])
        for _ in 0..<2 { #expect(try Self.check(harness, bank).verdict == .allow) }
        for _ in 0..<3 {
            let decision = try Self.check(harness, bank)
            #expect(decision.reason == .balance && decision.status == 402)
        }
        bank.left[Sold.id(30)] = 1
        harness.pass(milliseconds: 1_000)
        _ = try harness.check(Self.request, mayWait: false)
        harness.pass(milliseconds: 300)
        bank.serve(harness)
        #expect(try Self.check(harness, bank).verdict == .allow)
        #expect(Self.plans(harness) == ["pack": 2, "payg": 1])
    }

    @Test func aKeyOfOneSubscriptionIsPaidByNoOther() throws {
        let harness = try Self.harness()
        let bank = Bank([30: 1, 31: 1_000])
        let request = "host=api.example.com path=/v1/forecast/x api_key=\(Sold.key(21))"
        #expect(try Self.check(harness, bank, request).verdict == .allow)
        #expect(try Self.check(harness, bank, request).reason == .balance)
        #expect(bank.left[Sold.id(31)] == 1_000)
    }
}

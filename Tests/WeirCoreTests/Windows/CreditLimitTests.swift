import CMallocCount
import Testing
import WeirCore

/// What was bought, to the limiter: one more lease, drawn on with all others or not at all.
@Suite struct CreditLimitTests {
    private typealias Sold = SoldThings

    private static let path = "host=api.example.com path=/v1/forecast/x"
    private static let request = "\(path) api_key=\(Sold.key(20))"

    private static func plan(_ rules: String = "") -> PolicyRecord {
        .plan(
            PlanRecord(
                id: Sold.id(4), code: "pack", version: 1, mode: .package, unreported: .bill, outage: "deny",
                rules: rules))
    }

    private static func meter(
        _ dimension: MeterRecord.Dimension = .calls, filter: String = "", ceiling: Int64 = 1
    ) -> PolicyRecord {
        .meter(
            MeterRecord(
                id: Sold.id(9), plan: Sold.id(4), code: "calls", dimension: dimension, ceilingNumerator: ceiling,
                ceilingDenominator: 1, filter: filter))
    }

    private static func grant(
        _ number: UInt64, unit: String = "calls", priority: Int64 = 0, until: Int64? = nil
    ) -> PolicyRecord {
        .grant(
            GrantRecord(
                id: Sold.id(number), subscription: Sold.id(10), unit: unit, priority: priority, created: 0,
                until: until,
                state: .open))
    }

    private static func harness(
        rules: String = "", meter: PolicyRecord = meter(), _ grants: [PolicyRecord]
    ) throws -> LimiterHarness {
        let harness = try LimiterHarness("")
        harness.open()
        let records =
            [
                Sold.product(1, "weather", hosts: ["api.example.com"]),
                Sold.route(2, of: 1, "forecast", "/v1/forecast*"),
                Sold.route(3, of: 1, "history", "/v1/history*", weight: 5), plan(rules), meter,
                Sold.subscription(10, of: 100, to: 4), Sold.key(20, of: 100),
            ] + grants
        try harness.sell(try ContractBook.whole(records))
        return harness
    }

    private static func drawn(_ harness: LimiterHarness) -> UInt64 { harness.limiter.windowCounters.drawn }

    /// Takes a report.
    private static func report(_ harness: LimiterHarness, _ report: Report) -> ReportOutcome {
        harness.limiter.report(report, now: harness.now)
    }

    /// Checks, and waits for the bank as long as the check does.
    private static func check(
        _ harness: LimiterHarness, _ bank: Bank, _ words: String = request, cost: UInt32 = 1
    ) throws -> Decision {
        for _ in 0..<20 {
            let decision = try harness.check(words, cost: cost)
            guard decision.isWaiting else { return decision }
            let isForCredit = harness.limiter.waitsForCredit
            #expect(isForCredit)
            harness.pass(milliseconds: 25)
            bank.serve(harness)
        }
        return try harness.check(words, cost: cost, mayWait: false)
    }

    @Test func whatWasBoughtIsServedToTheLastCallAndNotOneMore() throws {
        let harness = try Self.harness([Self.grant(30)])
        let bank = Bank([30: 7])
        var decisions: [Decision] = []
        for _ in 0..<10 { decisions.append(try Self.check(harness, bank)) }
        #expect(decisions.prefix(7).allSatisfy { $0.verdict == .allow && $0.status == 200 })
        #expect(decisions.suffix(3).allSatisfy { $0.reason == .balance && $0.status == 402 })
        let cells = harness.cells()
        #expect(cells.values.reduce(0) { $0 + $1.units } == 7, "denied calls have no units")
    }

    @Test func nothingWasBoughtIsNoQuestionForTheCollector() throws {
        let harness = try Self.harness([])
        let decision = try harness.check(Self.request)
        #expect(decision.reason == .balance && decision.status == 402 && !decision.isWaiting)
    }

    @Test func aRateThatIsUsedUpDrawsNothingAndCreditThatIsUsedUpTakesNoToken() throws {
        let harness = try Self.harness(rules: "burst: 2/h burst 2", [Self.grant(30)])
        let bank = Bank([30: 5])
        for _ in 0..<2 { #expect(try Self.check(harness, bank).verdict == .allow) }
        for _ in 0..<5 { #expect(try Self.check(harness, bank).reason == .rate) }
        #expect(Self.drawn(harness) == 2)
        // An hour later there are two tokens again; of the five calls three are left.
        harness.pass(milliseconds: 3_600_000)
        for _ in 0..<2 { #expect(try Self.check(harness, bank).verdict == .allow) }
        harness.pass(milliseconds: 3_600_000)
        #expect(try Self.check(harness, bank).verdict == .allow)
        for _ in 0..<5 { #expect(try Self.check(harness, bank).reason == .balance) }
        // The one token that was not used is there still.
        bank.left[Sold.id(30)] = 1
        harness.pass(milliseconds: 1_000)
        _ = try harness.check(Self.request, mayWait: false)
        harness.pass(milliseconds: 300)
        bank.serve(harness)
        #expect(try Self.check(harness, bank).verdict == .allow)
        #expect(Self.drawn(harness) == 6)
    }

    @Test func grantsAreDrawnOnInTheirOrder() throws {
        let end = LimiterTimes.seconds + 86_400
        let harness = try Self.harness([
            Self.grant(30), Self.grant(31, until: end), Self.grant(32, priority: -1),
        ])
        let bank = Bank([30: 1, 31: 1, 32: 1])
        // The lower priority, then the one that ends, then the other.
        for number in [32, 31, 30] as [UInt64] {
            #expect(bank.left[Sold.id(number)] == 1)
            #expect(try Self.check(harness, bank).verdict == .allow)
            #expect(bank.left[Sold.id(number)] == 0)
        }
        #expect(try Self.check(harness, bank).reason == .balance)
        var grants: [String] = []
        var start: Int? = 0
        while let from = start {
            start = harness.limiter.usage.forEachCell(before: .max, from: from) { _, cell in
                let grant = harness.limiter.usage.dimensions(of: cell).grant
                if !grant.isEmpty { grants.append(grant) }
            }
        }
        #expect(Set(grants) == Set([30, 31, 32].map { Sold.id($0).text(RecordID.grant) }))
    }

    @Test func aCostThatIsNotLeftDoesNotBlockASmallerOne() throws {
        let harness = try Self.harness([Self.grant(30)])
        let bank = Bank([30: 3])
        let history = "host=api.example.com path=/v1/history api_key=\(Sold.key(20))"
        #expect(try Self.check(harness, bank, history).reason == .balance)
        for _ in 0..<3 { #expect(try Self.check(harness, bank).verdict == .allow) }
        #expect(try Self.check(harness, bank).reason == .balance)
    }

    @Test func whoMayNotWaitIsDeniedAndAskedForAllTheSame() throws {
        let harness = try Self.harness([Self.grant(30)])
        let bank = Bank([30: 3])
        let late = try harness.check(Self.request, mayWait: false)
        #expect(late.reason == .overload && late.status == 503 && late.retryAfterMicroseconds > 0)
        bank.serve(harness)
        #expect(try harness.check(Self.request, mayWait: false).verdict == .allow)
    }

    @Test func bytesAreReservedAndSettledByTheReport() throws {
        let harness = try Self.harness(meter: Self.meter(.bytesOut), [Self.grant(30)])
        let bank = Bank([30: 0])
        bank.left[Sold.id(30)] = 100_000
        let first = try Self.check(harness, bank)
        #expect(first.verdict == .allow)
        let reserved = harness.cells().values.reduce(0) { $0 + $1.units }
        #expect(reserved > 0)
        #expect(
            Self.report(harness, Report(ticket: first.ticket, status: 200, bytesIn: 10, bytesOut: 12_345)) == .accepted
        )
        let cells = harness.cells()
        let units = { (outcome: String) in
            cells.filter { $0.key.contains("/\(outcome)/") }.values.reduce(0) { $0 + $1.units }
        }
        #expect(units("2xx") == 12_345)
        #expect(units("admitted") == units("resolved"))
    }

    @Test func aCallThatIsNotBilledByItsStatusGivesItsUnitBack() throws {
        let harness = try Self.harness(meter: Self.meter(filter: "status=2xx"), [Self.grant(30)])
        let bank = Bank([30: 1])
        for status in [500, 404, 503] as [UInt16] {
            let decision = try Self.check(harness, bank)
            try #require(decision.verdict == .allow, "\(status)")
            #expect(
                Self.report(harness, Report(ticket: decision.ticket, status: status)) == .accepted)
        }
        let paid = try Self.check(harness, bank)
        #expect(Self.report(harness, Report(ticket: paid.ticket, status: 204)) == .accepted)
        #expect(try Self.check(harness, bank).reason == .balance)
    }

    @Test func aMeterOfOtherRequestsDrawsNothing() throws {
        let harness = try Self.harness(meter: Self.meter(filter: "route=history"), [Self.grant(30)])
        let bank = Bank([30: 5])
        for _ in 0..<20 { #expect(try Self.check(harness, bank).verdict == .allow) }
        #expect(bank.left[Sold.id(30)] == 5)
        let history = "host=api.example.com path=/v1/history api_key=\(Sold.key(20))"
        #expect(try Self.check(harness, bank, history).verdict == .allow)
        #expect(try Self.check(harness, bank, history).reason == .balance)
    }

    @Test func aGrantThatHasEndedIsNotDrawnOn() throws {
        let harness = try Self.harness([Self.grant(30, until: LimiterTimes.seconds + 10)])
        let bank = Bank([30: 100])
        #expect(try Self.check(harness, bank).verdict == .allow)
        harness.pass(milliseconds: 10_000)
        #expect(try Self.check(harness, bank).reason == .balance)
    }

    /// The compiler of tests may allocate where that of releases does not: what is counted is the limiter's own.
    @Test func aCheckThatDrawsAllocatesNothing() throws {
        let harness = try Self.harness(rules: "burst: 1M/s burst 1M", [Self.grant(30)])
        let bank = Bank([30: 1_000_000])
        #expect(try Self.check(harness, bank).verdict == .allow)
        // One answer with plenty.
        _ = try harness.check(Self.request, cost: 100_000)
        harness.pass(milliseconds: 25)
        bank.serve(harness)
        let frame = CheckDraft(
            attributes: [
                ("host", Array("api.example.com".utf8)), ("path", Array("/v1/forecast/x".utf8)),
                ("api_key", Array(Sold.key(20).utf8)),
            ], cost: 1
        ).frame(id: 1)
        var allowed = 0
        func run(_ rounds: Int) throws {
            for _ in 0..<rounds {
                harness.pass(microseconds: 3)
                try frame.withBytes { bytes throws(WireError) in
                    guard let header = try FrameHeader(reading: bytes) else { return }
                    let request = try harness.limiter.read(bytes, header)
                    if harness.limiter.check(request, in: bytes, now: harness.now).verdict == .allow { allowed += 1 }
                }
            }
        }
        try run(100)
        let before = malloc_count()
        try run(20_000)
        #expect(malloc_count() - before == 0)
        #expect(allowed == 20_100)
    }
}

/// Times of harnesses.
private enum LimiterTimes {
    /// Seconds since 1970 at which they begin.
    static let seconds: Int64 = 500_000 * 3_600
}

import CMallocCount
import Testing
import WeirCore

/// Checks of plans that count by several meters: all of them are drawn on, or nothing is.
@Suite struct DrawTests {
    private typealias Draw = DrawHarness

    /// A package of calls and of bytes.
    private static func callsAndBytes(
        rules: String = "", left: [UInt64: Int64], openChecks: Int = 100
    ) throws -> DrawHarness {
        try DrawHarness(
            rules: rules, meters: [Draw.meter("calls"), Draw.meter("out", .bytesOut)],
            grants: [Draw.grant(30, "calls"), Draw.grant(31, "out")], left: left, openChecks: openChecks)
    }

    @Test func eachMeterIsDrawnInACellOfItsOwnAndSettledThere() throws {
        let harness = try Self.callsAndBytes(left: [30: 100, 31: 1_000_000])
        let first = try harness.check()
        #expect(first.verdict == .allow)
        #expect(harness.report(first, bytesOut: 500) == .accepted)
        let calls = harness.cells(Draw.name(30))
        #expect(calls.calls == 1 && calls.bytesOut == 500)
        #expect(calls.units == ["admitted": 1, "resolved": 1, "2xx": 1])
        let bytes = harness.cells(Draw.name(31))
        #expect(bytes.calls == 0 && bytes.bytesOut == 0, "a further draw has only units")
        let reserved = bytes.units["admitted"] ?? 0
        #expect(reserved > 0 && bytes.units == ["admitted": reserved, "resolved": reserved, "2xx": 500])
        #expect(harness.billed(Draw.name(30)) == 1 && harness.billed(Draw.name(31)) == 500)
        #expect(harness.limiter.open == 0)
    }

    @Test func whenEitherIsGoneNothingIsTakenOfTheOther() throws {
        let harness = try Self.callsAndBytes(left: [30: 3, 31: 1_000_000])
        var allowed = 0
        for _ in 0..<6 {
            let decision = try harness.check()
            if decision.verdict == .allow {
                allowed += 1
                harness.report(decision, bytesOut: 100)
            } else {
                #expect(decision.reason == .balance && decision.status == 402)
            }
        }
        #expect(allowed == 3)
        #expect(harness.billed(Draw.name(30)) == 3 && harness.billed(Draw.name(31)) == 300)
        let other = try Self.callsAndBytes(left: [30: 1_000, 31: 20_000])
        var bytes = 0
        for _ in 0..<50 {
            let decision = try other.check()
            guard decision.verdict == .allow else { continue }
            other.report(decision, bytesOut: 3_000)
            bytes += 3_000
        }
        #expect(bytes >= 20_000 && bytes <= 23_000, "\(bytes)")
        #expect(other.billed(Draw.name(30)) == Int64(bytes / 3_000))
    }

    @Test func aRateThatIsUsedUpTakesOfNoMeter() throws {
        let harness = try Self.callsAndBytes(rules: "burst: 2/h burst 2", left: [30: 100, 31: 1_000_000])
        for _ in 0..<2 { #expect(try harness.check().verdict == .allow) }
        for _ in 0..<5 { #expect(try harness.check().reason == .rate) }
        #expect(harness.billed(Draw.name(30)) == 2)
        #expect(harness.counters.drawn == 4)
    }

    @Test func aCheckWaitsForAllThatItLacksAtOnce() throws {
        let harness = try Self.callsAndBytes(left: [30: 100, 31: 1_000_000])
        let waiting = try harness.limiter.check(Draw.request)
        let isForCredit = harness.limiter.limiter.waitsForCredit
        #expect(waiting.isWaiting && isForCredit)
        harness.bank.serve(harness.limiter)
        #expect(harness.bank.asked == 2)
        #expect(try harness.limiter.check(Draw.request).verdict == .allow)
    }

    @Test func oneBalancePaysForBothAtTheCeilingOfEach() throws {
        let harness = try DrawHarness(
            mode: .payg,
            meters: [
                Draw.meter("calls", ceiling: 1_000, .charge), Draw.meter("out", .bytesOut, ceiling: 2, .charge),
            ], grants: [Draw.grant(30, "money:USD")], left: [30: 40_000])
        let waiting = try harness.limiter.check(Draw.request)
        #expect(waiting.isWaiting)
        harness.limiter.pass(milliseconds: 25)
        harness.bank.serve(harness.limiter)
        #expect(try harness.limiter.check(Draw.request, mayWait: false).verdict == .allow, "one question for both")
        let again = try DrawHarness(
            mode: .payg,
            meters: [
                Draw.meter("calls", ceiling: 1_000, .charge), Draw.meter("out", .bytesOut, ceiling: 2, .charge),
            ], grants: [Draw.grant(30, "money:USD")], left: [30: 40_000])
        var calls: Int64 = 0
        for _ in 0..<60 {
            let decision = try again.check()
            guard decision.verdict == .allow else { continue }
            calls += 1
            again.report(decision, bytesOut: 1_000)
        }
        #expect(again.billed(Draw.name(30, "calls")) == calls)
        #expect(again.billed(Draw.name(30, "out")) == calls * 1_000)
        // 3,000 a call; the last one may go beyond by its response.
        #expect((13...14).contains(calls), "\(calls)")
    }

    @Test func threeMetersAndOneThatDoesNotCountTheRequest() throws {
        let harness = try DrawHarness(
            meters: [
                Draw.meter("calls"), Draw.meter("out", .bytesOut), Draw.meter("in", .bytesIn),
                Draw.meter("deep", filter: "route=history"),
            ],
            grants: [
                Draw.grant(30, "calls"), Draw.grant(31, "out"), Draw.grant(32, "in"), Draw.grant(33, "deep"),
            ], left: [30: 100, 31: 1_000_000, 32: 1_000_000, 33: 2])
        for _ in 0..<3 { harness.report(try harness.check(), bytesOut: 10) }
        #expect(harness.billed(Draw.name(30)) == 3 && harness.billed(Draw.name(31)) == 30)
        #expect(harness.billed(Draw.name(32)) == 0 && harness.billed(Draw.name(33)) == 0)
        for _ in 0..<3 { harness.report(try harness.check(Draw.history), bytesOut: 10) }
        #expect(harness.billed(Draw.name(33)) == 2)
        #expect(harness.billed(Draw.name(30)) == 5 && harness.billed(Draw.name(31)) == 50)
    }

    @Test func aPlanOfMoreMetersThanACallCanDrawOnGivesNothingAway() throws {
        let codes = ["a", "b", "c", "d", "e"]
        let harness = try DrawHarness(
            meters: codes.map { Draw.meter($0) },
            grants: codes.enumerated().map { Draw.grant(30 + UInt64($0.offset), $0.element) }, left: [:])
        #expect(try harness.check().reason == .balance)
    }

    @Test func aMeterThatIsGrantedIsDeniedWhereNothingOfItWasBought() throws {
        let harness = try DrawHarness(
            mode: .subscription, meters: [Draw.meter("calls"), Draw.meter("out", .bytesOut)],
            grants: [Draw.grant(30, "calls")], left: [30: 100])
        #expect(try harness.check().reason == .balance)
        #expect(harness.billed(Draw.name(30)) == 0)
    }

    // MARK: Beyond what was granted

    @Test func whatASubscriptionChargesLaterIsCountedUnderTheInvoice() throws {
        let harness = try DrawHarness(
            mode: .subscription,
            meters: [Draw.meter("calls", ceiling: 5, .charge), Draw.meter("out", .bytesOut, ceiling: 1, .charge)],
            grants: [Draw.grant(30, "calls")], left: [30: 2])
        for _ in 0..<5 { harness.report(try harness.check(), bytesOut: 100) }
        #expect(harness.billed(Draw.name(30)) == 2 && harness.billed("invoice/calls") == 3)
        #expect(harness.billed("invoice/out") == 500)
        #expect(harness.cells("invoice/calls").calls == 3 && harness.cells("invoice/out").calls == 0)
    }

    @Test func whatIsChargedUpToAnAmountEndsThere() throws {
        let harness = try DrawHarness(
            mode: .subscription,
            meters: [Draw.meter("calls", ceiling: 5, .limit), Draw.meter("other", ceiling: 5, nil)],
            grants: [
                Draw.grant(30, "calls"), Draw.grant(31, "money:USD", scope: "calls"),
                Draw.grant(32, "money:USD", scope: "other"),
            ], left: [30: 2, 31: 17, 32: 100])
        var allowed = 0
        for _ in 0..<9 where try harness.check().verdict == .allow { allowed += 1 }
        #expect(allowed == 5, "two that were granted, three for 15")
        #expect(harness.billed(Draw.name(31, "calls")) == 3 && harness.billed(Draw.name(32, "calls")) == 0)
        #expect(harness.billed(Draw.name(32, "other")) == 5)
    }

    // MARK: Allocation

    @Test func aCheckThatDrawsOnTwoWindowsAndItsReportAllocateNothing() throws {
        let harness = try Self.callsAndBytes(rules: "burst: 1M/s burst 1M", left: [30: 1_000_000, 31: 1 << 40])
        #expect(try harness.check().verdict == .allow)
        _ = try harness.limiter.check(Draw.request, cost: 100_000)
        harness.limiter.pass(milliseconds: 25)
        harness.bank.surplus = 1 << 30
        harness.bank.serve(harness.limiter)
        let frame = CheckDraft(
            attributes: [
                ("host", Array("api.example.com".utf8)), ("path", Array("/v1/forecast/x".utf8)),
                ("api_key", Array(SoldThings.key(20).utf8)),
            ], cost: 1
        ).frame(id: 1)
        let limiter = harness.limiter
        var allowed = 0
        func run(_ rounds: Int) throws {
            for _ in 0..<rounds {
                limiter.pass(microseconds: 3)
                try frame.withBytes { bytes throws(WireError) in
                    guard let header = try FrameHeader(reading: bytes) else { return }
                    let request = try limiter.limiter.read(bytes, header)
                    let decision = limiter.limiter.check(request, in: bytes, now: limiter.now)
                    guard decision.verdict == .allow else { return }
                    allowed += 1
                    _ = limiter.limiter.report(
                        Report(ticket: decision.ticket, status: 200, bytesOut: 100), now: limiter.now)
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

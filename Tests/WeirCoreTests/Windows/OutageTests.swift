import Testing
import WeirCore

/// What nobody has reported of, and what passes while no collector is there.
@Suite struct OutageTests {
    private typealias Draw = DrawHarness

    private static func package(
        unreported: PlanRecord.Unreported = .bill, outage: String = "deny", left: Int64 = 1_000,
        state: GrantRecord.State = .open, openChecks: Int = 100
    ) throws -> DrawHarness {
        try DrawHarness(
            unreported: unreported, outage: outage, meters: [Draw.meter("calls")],
            grants: [Draw.grant(30, "calls", state: state)], left: [30: left], openChecks: openChecks)
    }

    private static let minute: Int64 = 61_000

    // MARK: Unreported

    @Test func aCallThatNothingWasReportedOfIsBilledOrNotAsThePlanSays() throws {
        for (unreported, billed) in [(PlanRecord.Unreported.bill, Int64(3)), (.skip, 1)] {
            let harness = try Self.package(unreported: unreported, left: 3)
            let decisions = try (0..<3).map { _ in try harness.check() }
            #expect(decisions.allSatisfy { $0.verdict == .allow })
            #expect(try harness.check().reason == .balance)
            harness.report(decisions[0])
            harness.limiter.pass(milliseconds: Self.minute)
            harness.limiter.expire()
            #expect(harness.billed(Draw.name(30)) == billed)
            let cells = harness.cells(Draw.name(30))
            #expect(cells.calls == 3, "they are counted all the same")
            #expect(harness.limiter.open == 0)
            // What goes back is sold again.
            harness.bank.serve(harness.limiter)
            #expect(try harness.check().verdict == (unreported == .skip ? .allow : .deny))
        }
    }

    @Test func aReportThatComesTooLateBillsNothingMore() throws {
        let harness = try Self.package(unreported: .skip)
        let decision = try harness.check()
        harness.limiter.pass(milliseconds: Self.minute)
        harness.limiter.expire()
        #expect(harness.report(decision) == .repeated)
        #expect(harness.billed(Draw.name(30)) == 0)
    }

    @Test func whereThereIsNoRoomToWaitForReportsTheCallIsBilled() throws {
        let harness = try Self.package(unreported: .skip, openChecks: 2)
        let decisions = try (0..<4).map { _ in try harness.check() }
        harness.limiter.pass(milliseconds: Self.minute)
        harness.limiter.expire()
        #expect(harness.billed(Draw.name(30)) == 2)
        #expect(harness.report(decisions[3]) == .accepted)
        #expect(harness.billed(Draw.name(30)) == 2)
    }

    @Test func everyDrawOfACallThatIsSkippedGoesBack() throws {
        let harness = try DrawHarness(
            unreported: .skip, meters: [Draw.meter("calls"), Draw.meter("out", .bytesOut)],
            grants: [Draw.grant(30, "calls"), Draw.grant(31, "out")], left: [30: 10, 31: 1_000_000])
        #expect(try harness.check().verdict == .allow)
        harness.limiter.pass(milliseconds: Self.minute)
        harness.limiter.expire()
        #expect(harness.billed(Draw.name(30)) == 0 && harness.billed(Draw.name(31)) == 0)
        #expect(harness.counters.skipped == 2)
    }

    // MARK: Outage

    /// Checks that do not wait for long: as when the budget is over.
    private static func allowed(_ harness: DrawHarness, of count: Int) throws -> (
        allowed: Int, states: Set<DecisionState>
    ) {
        var (allowed, states) = (0, Set<DecisionState>())
        for _ in 0..<count {
            harness.limiter.pass(milliseconds: 30)
            harness.bank.serve(harness.limiter)
            let decision = try harness.limiter.check(Draw.request, mayWait: false)
            if decision.verdict == .allow {
                allowed += 1
                states.insert(decision.state)
            }
        }
        return (allowed, states)
    }

    @Test func anOverdraftLetsSoMuchMoreThroughAndThenNothing() throws {
        let harness = try Self.package(outage: "overdraft 5 calls")
        #expect(try harness.check().verdict == .allow)
        harness.bank.isThere = false
        harness.bank.serve(harness.limiter)
        let (allowed, states) = try Self.allowed(harness, of: 40)
        #expect(allowed == 5 && states == [.alone])
        #expect(harness.billed(Draw.name(30)) == 6, "counted under the grant")
        #expect(harness.counters.overdrawn == 5)
        // Back: what was overdrawn is granted, and there may be another outage.
        harness.bank.isThere = true
        harness.limiter.pass(milliseconds: 2_000)
        #expect(try harness.check().verdict == .allow)
        let back = try harness.check()
        #expect(back.verdict == .allow && back.state == .local)
        harness.bank.isThere = false
        harness.limiter.pass(milliseconds: 2_000)
        harness.bank.serve(harness.limiter)
        let next = try Self.allowed(harness, of: 40)
        #expect(next.states.contains(.alone))
        #expect((5...8).contains(next.allowed), "\(next.allowed)")
    }

    @Test func anOverdraftIsNotGivenTwiceBeforeItWasSettled() throws {
        let harness = try Self.package(outage: "overdraft 5 calls", left: 1)
        #expect(try harness.check().verdict == .allow)
        harness.bank.isThere = false
        harness.bank.serve(harness.limiter)
        #expect(try Self.allowed(harness, of: 10).allowed == 5)
        // The collector is back and says that nothing is left: an outage is no free lunch.
        harness.bank.isThere = true
        harness.limiter.pass(milliseconds: 2_000)
        harness.bank.serve(harness.limiter)
        #expect(try harness.check().reason == .balance)
        harness.bank.isThere = false
        harness.limiter.pass(milliseconds: 2_000)
        harness.bank.serve(harness.limiter)
        #expect(try Self.allowed(harness, of: 10).allowed == 0)
    }

    @Test func whereTheDocumentSaysThatNothingIsLeftNothingPasses() throws {
        for outage in ["overdraft 5 calls", "open"] {
            let harness = try Self.package(outage: outage, state: .empty)
            harness.bank.isThere = false
            harness.bank.serve(harness.limiter)
            #expect(try Self.allowed(harness, of: 5).allowed == 0)
        }
    }

    @Test func anOpenPlanLetsThroughWhatItDoesNotBill() throws {
        let harness = try Self.package(outage: "open")
        #expect(try harness.check().verdict == .allow)
        harness.bank.isThere = false
        harness.bank.serve(harness.limiter)
        let (allowed, states) = try Self.allowed(harness, of: 30)
        #expect(allowed == 30 && states == [.alone])
        #expect(harness.billed(Draw.name(30)) == 1)
        #expect(harness.cells("").calls == 30, "counted, under no grant")
        #expect(harness.counters.unpaid == 30)
    }

    @Test func aCollectorThatHangsIsAwayToo() throws {
        let harness = try Self.package(outage: "overdraft 2 calls")
        #expect(try harness.limiter.check(Draw.request).isWaiting)
        var windows: [ExchangeQuestion.Window] = []
        harness.limiter.limiter.takeCreditCalls(
            atMost: 10, sweep: 10, now: harness.limiter.now.microseconds, into: &windows)
        harness.limiter.pass(milliseconds: 100)
        #expect(try harness.limiter.check(Draw.request, mayWait: false).reason == .overload)
        harness.limiter.pass(milliseconds: 150)
        for _ in 0..<2 { #expect(try harness.limiter.check(Draw.request, mayWait: false).verdict == .allow) }
        #expect(try harness.limiter.check(Draw.request, mayWait: false).reason == .overload)
    }

    @Test func anOverdraftOfMoneyIsDrawnAtTheCeiling() throws {
        let harness = try DrawHarness(
            mode: .payg, outage: "overdraft 0.000000025 USD", meters: [Draw.meter("calls", ceiling: 10, .charge)],
            grants: [Draw.grant(30, "money:USD")], left: [30: 100])
        harness.bank.isThere = false
        harness.bank.serve(harness.limiter)
        #expect(try Self.allowed(harness, of: 10).allowed == 2)
        #expect(harness.billed(Draw.name(30, "calls")) == 2)
    }

    @Test func denyIsTheRule() throws {
        let harness = try Self.package()
        harness.bank.isThere = false
        harness.bank.serve(harness.limiter)
        #expect(try Self.allowed(harness, of: 5).allowed == 0)
    }
}

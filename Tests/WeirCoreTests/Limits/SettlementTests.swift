import Testing
import WeirCore

/// Checks that reserve an estimate, and what their reports make of it.
@Suite struct SettlementTests {
    private func report(_ ticket: Ticket, cost: UInt64?) -> Report { Report(ticket: ticket, status: 200, cost: cost) }

    @Test func whatWasNotUsedComesBackAndNeverMoreThanThereIsRoomFor() throws {
        let harness = try LimiterHarness("rate: 1/h burst 100 by user; day: 100/day by user")
        let ticket = try harness.check("user=ann", cost: 80, reserve: true).ticket
        #expect(try harness.check("user=ann", cost: 30).verdict == .deny)
        #expect(harness.report(report(ticket, cost: 10)) == .accepted)
        #expect(harness.report(report(ticket, cost: 0)) == .repeated)
        #expect(try harness.check("user=ann", peek: true).remaining == 90)
        let full = try LimiterHarness("rate: 3600/h burst 10 by user")
        let early = try full.check("user=ann", cost: 10, reserve: true).ticket
        full.pass(milliseconds: 60_000)
        #expect(full.report(report(early, cost: 0)) == .accepted)
        #expect(try full.check("user=ann", peek: true).remaining == 10)
    }

    @Test func whatWasUsedBeyondIsTakenAndThenOwedUpToOneBucket() throws {
        let harness = try LimiterHarness("rate: 3600/h burst 10 by user")
        let ticket = try harness.check("user=ann", cost: 2, reserve: true).ticket
        #expect(harness.report(report(ticket, cost: 15)) == .accepted)
        #expect(try harness.check("user=ann").verdict == .deny)
        harness.pass(milliseconds: 5_000)
        #expect(try harness.check("user=ann").verdict == .deny, "five are owed")
        harness.pass(milliseconds: 1_000)
        #expect(try harness.check("user=ann").verdict == .allow)
        let greedy = try LimiterHarness("rate: 3600/h burst 10 by user")
        let huge = try greedy.check("user=ann", reserve: true).ticket
        #expect(greedy.report(report(huge, cost: 1 << 61)) == .accepted)
        greedy.pass(milliseconds: 11_000)
        #expect(try greedy.check("user=ann").verdict == .allow)
    }

    @Test func aWindowsAmountMayBeExceededByAReportAndARuleOfCallsIsNotTouched() throws {
        let harness = try LimiterHarness("day: 10/day by user; calls: 5/day by user counting calls")
        let ticket = try harness.check("user=ann", cost: 4, reserve: true).ticket
        #expect(harness.report(report(ticket, cost: 20)) == .accepted)
        #expect(try harness.check("user=ann").verdict == .deny)
        #expect(harness.name(try harness.check("user=ann")) == "day")
    }

    @Test func theCostOfARuleMultipliesWhatComesBack() throws {
        let harness = try LimiterHarness("points: 1/h burst 100 by user cost 5 if method=POST, 1")
        let ticket = try harness.check("user=ann method=POST", cost: 10, reserve: true).ticket
        #expect(try harness.check("user=ann", peek: true).remaining == 50)
        #expect(harness.report(report(ticket, cost: 4)) == .accepted)
        #expect(try harness.check("user=ann", peek: true).remaining == 80)
    }

    @Test func nothingIsSettledOfAWindowThatIsOver() throws {
        let harness = try LimiterHarness("hour: quota 10/h by user")
        let ticket = try harness.check("user=ann", cost: 8, reserve: true).ticket
        harness.pass(milliseconds: 3_600_000)
        _ = harness.report(report(ticket, cost: 0))
        #expect(try harness.allowed(11, "user=ann") == 10)
    }

    @Test func silenceLeavesTheReservationCharged() throws {
        let harness = try LimiterHarness("day: 10/day by user")
        let ticket = try harness.check("user=ann", cost: 8, reserve: true).ticket
        harness.pass(milliseconds: 60_000)
        harness.expire()
        #expect(harness.limiter.openCheckCount == 0)
        #expect(harness.report(report(ticket, cost: 0)) == .accepted, "usage is told still")
        #expect(try harness.allowed(5, "user=ann") == 2)
    }

    @Test func aReleaseLeavesTheReservationToTheReport() throws {
        let harness = try LimiterHarness("day: 10/day by user; now: 1 concurrent by user")
        let ticket = try harness.check("user=ann", cost: 8, reserve: true).ticket
        #expect(harness.release(ticket))
        #expect(try harness.check("user=ann", cost: 3).reason == .quota)
        #expect(harness.report(report(ticket, cost: 1)) == .accepted)
        #expect(try harness.check("user=ann", cost: 9).verdict == .allow)
    }

    @Test func withoutTheFlagAReportChangesUsageAlone() throws {
        let harness = try LimiterHarness("day: 10/day by user")
        let ticket = try harness.check("user=ann", cost: 8).ticket
        #expect(harness.report(report(ticket, cost: 1)) == .accepted)
        #expect(try harness.allowed(5, "user=ann") == 2)
    }

    @Test func aLeaseTakesBackWhatTheStoreWasNotToldAndOwesTheRest() throws {
        let harness = try LimiterHarness("rate: 1/h burst 100 by user", leases: 10)
        let store = SharedStoreHarness(harness)
        #expect(try harness.check("user=ann", cost: 40, reserve: true).isWaiting)
        store.collect()
        store.answer(.lost, granted: 50)
        let ticket = try harness.check("user=ann", cost: 40, reserve: true).ticket
        #expect(harness.report(report(ticket, cost: 10)) == .accepted)
        let more = try harness.check("user=ann", cost: 40, reserve: true)
        #expect(more.verdict == .allow, "thirty came back")
        #expect(harness.report(report(more.ticket, cost: 60)) == .accepted)
        harness.pass(milliseconds: 200)
        let ask = try #require(store.collect().first?.ask)
        #expect(ask.spent == 50 && ask.extra == 20)
    }
}

import Testing
import WeirCore

/// Checks of a shared limit that reserve an estimate.
@Suite struct SettlementTests {
    private func report(_ ticket: Ticket, cost: UInt64?) -> Report { Report(ticket: ticket, status: 200, cost: cost) }

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

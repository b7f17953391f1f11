import Testing
import WeirCore
import WeirTestSupport

/// Limits of requests at once, whatever happens to them, and those that a fleet shares.
@Suite struct ConcurrencyTests {
    @Test func whateverHappensNoMoreRunThanMayAndNoSlotIsLost() throws {
        for seed in 0..<20 as Range<UInt64> {
            var random = SeededRandom(seed)
            let harness = try LimiterHarness("now: 3 concurrent by user hold 5s", openChecks: 8)
            var running: [(ticket: Ticket, owner: Int, until: Int64)] = []
            for _ in 0..<400 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<5:
                    let owner = Int.random(in: -1...3, using: &random)
                    let decision = try harness.check("user=ann", owner: owner)
                    #expect((decision.verdict == .allow) == (running.count < 3), "seed \(seed)")
                    if decision.verdict == .allow {
                        running.append((decision.ticket, owner, harness.now.microseconds + 5_000_000))
                    }
                case 5:
                    guard let index = running.indices.randomElement(using: &random) else { continue }
                    #expect(harness.release(running.remove(at: index).ticket))
                case 6:
                    guard let index = running.indices.randomElement(using: &random) else { continue }
                    #expect(harness.report(Report(ticket: running.remove(at: index).ticket, status: 200)) == .accepted)
                case 7:
                    let owner = Int.random(in: 0...3, using: &random)
                    harness.limiter.closed(owner: owner, now: harness.now)
                    running.removeAll { $0.owner == owner }
                default:
                    harness.pass(milliseconds: Int64.random(in: 0...2_000, using: &random))
                    harness.expire()
                    running.removeAll { $0.until <= harness.now.microseconds }
                }
                #expect(harness.limiter.openCheckCount == running.count, "seed \(seed)")
            }
        }
    }

    // MARK: Shared

    @Test func slotsOfAFleetAreLeasedAndTheOnesInUseAreRenewed() throws {
        let harness = try LimiterHarness("now: 3 concurrent by user", leases: 100)
        let store = SharedStoreHarness(harness)
        #expect(try harness.check("user=ann").isWaiting)
        let ask = try #require(store.collect().first?.ask)
        #expect(ask.kind == .slots && ask.amount == 3 && ask.need == 1 && ask.back == 0)
        store.answer(.lost, granted: 1)
        let ticket = try harness.check("user=ann").ticket
        harness.pass(milliseconds: 500)
        #expect(store.collect().map(\.ask.back) == [1], "in use")
        store.answer()
        #expect(harness.release(ticket))
        #expect(try harness.check("user=ann").verdict == .allow, "the slot is in hand")
    }

    @Test func aSlotThatOutlivedItsLeaseIsNotTakenAgain() throws {
        let harness = try LimiterHarness("now: 3 concurrent by user", leases: 100)
        let store = SharedStoreHarness(harness)
        #expect(try harness.check("user=ann").isWaiting)
        store.collect()
        store.answer(.lost, granted: 1)
        let ticket = try harness.check("user=ann").ticket
        harness.pass(milliseconds: 3_000)
        store.collect()
        store.answer(.lost)
        #expect(harness.release(ticket))
        #expect(try harness.check("user=ann").isWaiting)
        #expect(store.collect().map(\.ask.back) == [0])
    }
}

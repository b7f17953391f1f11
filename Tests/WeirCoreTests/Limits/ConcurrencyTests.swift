import Testing
import WeirCore
import WeirTestSupport

/// Limits of requests at once: who takes a slot, and everything that frees it.
@Suite struct ConcurrencyTests {
    @Test func asManyRequestsRunAtOnceAsThereAreSlots() throws {
        let harness = try LimiterHarness("now: 2 concurrent by user")
        let first = try harness.check("user=ann")
        #expect(first.verdict == .allow && first.limit == 2 && first.remaining == 1)
        #expect(try harness.check("user=ann").verdict == .allow)
        let denied = try harness.check("user=ann", cost: 9)
        #expect(denied.verdict == .deny && denied.reason == .concurrency && denied.status == 429)
        #expect(denied.retryAfterMicroseconds == 50_000)
        #expect(try harness.check("user=bob", cost: 9).verdict == .allow, "a request takes one slot, whatever its cost")
        #expect(harness.release(first.ticket))
        #expect(!harness.release(first.ticket), "once")
        #expect(try harness.check("user=ann").verdict == .allow)
    }

    @Test func aPeekTakesNoSlotAndAShadowRuleDeniesNobody() throws {
        let harness = try LimiterHarness("now: 1 concurrent by user; seen: 1 concurrent by ip shadow")
        for _ in 0..<3 { #expect(try harness.check("user=ann", peek: true).verdict == .allow) }
        #expect(try harness.allowed(3, "ip=10.0.0.1") == 3)
        #expect(harness.limiter.counters(of: 1).shadowDenied == 2)
        #expect(try harness.allowed(2, "user=ann") == 1)
        #expect(try harness.check("user=ann", peek: true).verdict == .deny)
    }

    @Test func aRefusalOfAnotherLimitTakesNoSlotAndFullSlotsTakeNoTokens() throws {
        let harness = try LimiterHarness("rate: 1/h burst 3 by user; now: 2 concurrent by user; day: 100/day by user")
        let first = try harness.check("user=ann")
        #expect(try harness.check("user=ann").verdict == .allow)
        #expect(try harness.check("user=ann").reason == .concurrency)
        #expect(harness.release(first.ticket))
        #expect(try harness.check("user=ann").verdict == .allow, "the third token is there still")
        #expect(try harness.check("user=ann").verdict == .deny)
    }

    @Test func aReportFreesTheSlotAndASecondOneChangesNothing() throws {
        let harness = try LimiterHarness("now: 1 concurrent by user")
        let ticket = try harness.check("user=ann").ticket
        #expect(harness.report(Report(ticket: ticket, status: 200)) == .accepted)
        let next = try harness.check("user=ann")
        #expect(next.verdict == .allow)
        #expect(harness.report(Report(ticket: ticket, status: 200)) == .repeated)
        #expect(!harness.release(ticket))
        #expect(try harness.check("user=ann").verdict == .deny, "the next one's slot is its own")
    }

    @Test func aForgedTicketFreesNothing() throws {
        let harness = try LimiterHarness("now: 1 concurrent by user")
        var ticket = try harness.check("user=ann").ticket
        ticket.seal ^= 1
        #expect(!harness.release(ticket) && !harness.release(.none))
        #expect(try harness.check("user=ann").verdict == .deny)
    }

    @Test func theEndOfAConnectionFreesWhatCameOverItAndNothingElse() throws {
        let harness = try LimiterHarness("now: 4 concurrent")
        for owner in [3, 5, 3, -1] { #expect(try harness.check("ip=10.0.0.1", owner: owner).verdict == .allow) }
        #expect(try harness.check("ip=10.0.0.1").verdict == .deny)
        harness.limiter.closed(owner: 3, now: harness.now)
        #expect(try harness.allowed(3, "ip=10.0.0.1") == 2)
        harness.limiter.closed(owner: 3, now: harness.now)
        #expect(try harness.check("ip=10.0.0.1").verdict == .deny)
        harness.limiter.closed(owner: 5, now: harness.now)
        #expect(try harness.allowed(3, "ip=10.0.0.1") == 1)
    }

    @Test func whoSaysNothingHoldsASlotNoLongerThanTheRuleSays() throws {
        let harness = try LimiterHarness("short: 1 concurrent by ip hold 10s; usual: 1 concurrent by user")
        #expect(try harness.check("ip=10.0.0.1").verdict == .allow)
        #expect(try harness.check("user=ann").verdict == .allow)
        harness.pass(milliseconds: 9_999)
        harness.expire()
        #expect(try harness.check("ip=10.0.0.1").verdict == .deny)
        harness.pass(milliseconds: 1)
        harness.expire()
        #expect(try harness.check("ip=10.0.0.1").verdict == .allow)
        #expect(try harness.check("user=ann").verdict == .deny)
        harness.pass(milliseconds: 50_000)
        harness.expire()
        #expect(try harness.check("user=ann").verdict == .allow)
        #expect(harness.limiter.expiredSlots == 3)
    }

    @Test func aCheckThatCouldNotBeFreedIsDenied() throws {
        let harness = try LimiterHarness("now: 10 concurrent by user; rate: 1/h burst 10 by user", openChecks: 2)
        let first = try harness.check("user=ann")
        #expect(try harness.check("user=ann").verdict == .allow)
        let denied = try harness.check("user=ann")
        #expect(denied.verdict == .deny && denied.reason == .overload && denied.status == 503)
        #expect(harness.limiter.refusedOpen == 1)
        #expect(harness.release(first.ticket))
        #expect(try harness.check("user=ann").remaining == 7, "nothing was taken of the one that was denied")
    }

    @Test func otherSlotsKeepWhatIsInUseAndALimitThatIsGoneFreesNobodyElses() throws {
        let harness = try LimiterHarness("now: 3 concurrent by user; other: 1 concurrent by ip")
        let tickets = try (0..<3).map { _ in try harness.check("user=ann").ticket }
        #expect(try harness.check("ip=10.0.0.1").verdict == .allow)
        try harness.adopt("other: 1 concurrent by ip; now: 2 concurrent by user")
        #expect(harness.release(tickets[0]))
        #expect(try harness.check("user=ann").verdict == .deny, "two are in use")
        #expect(harness.release(tickets[1]))
        #expect(try harness.check("user=ann").verdict == .allow)
        try harness.adopt("other: 1 concurrent by ip")
        #expect(harness.release(tickets[2]))
        #expect(try harness.check("ip=10.0.0.1").verdict == .deny)
    }

    @Test func aSuccessorBeginsWithFreeSlots() throws {
        let harness = try LimiterHarness("now: 1 concurrent by user; rate: 1/h by user")
        #expect(try harness.check("user=ann").verdict == .allow)
        let (counters, damaged) = harness.storedCounters()
        #expect(counters.count == 1 && damaged == 0)
        let (next, _) = try harness.successor("now: 1 concurrent by user")
        #expect(try next.check("user=ann").verdict == .allow)
    }

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

import Testing
import WeirCore

/// Limits that count requests that run at once.
@Suite struct ConcurrencyLimitTests {
    @Test func asManyRunAtOnceAsThereAreSlotsAndADenialSaysSo() throws {
        let harness = try LimiterHarness("together: 3 concurrent by user")
        for left in [2, 1, 0] {
            let decision = try harness.check("user=a", cost: 7)
            #expect(decision.verdict == .allow && decision.remaining == left)
        }
        let denied = try harness.check("user=a")
        #expect(denied.verdict == .deny && denied.reason == .concurrency && denied.status == 429)
        #expect(denied.retryAfterMicroseconds == 50_000 && denied.limit == 3 && denied.windowSeconds == 0)
        #expect(harness.name(denied) == "together")
        #expect(try harness.check("user=b").verdict == .allow, "another user has its own")
        #expect(try harness.check("user=c", cost: 0).remaining == 2, "one slot, whatever the cost")
    }

    @Test func aReleaseFreesASlotOnce() throws {
        let harness = try LimiterHarness("together: 1 concurrent by user")
        let first = try harness.check("user=a")
        #expect(try harness.check("user=a").verdict == .deny)
        #expect(harness.release(first))
        #expect(!harness.release(first), "it has none any more")
        let second = try harness.check("user=a")
        #expect(second.verdict == .allow)
        #expect(!harness.release(first))
        #expect(try harness.check("user=a").verdict == .deny, "the first ticket frees nobody else's")
        #expect(harness.open == 1)
    }

    @Test func aTicketThatIsForgedReleasesNothing() throws {
        let harness = try LimiterHarness("together: 1 concurrent by user")
        var decision = try harness.check("user=a")
        decision.ticket.seal ^= 1
        #expect(!harness.release(decision))
        #expect(try harness.check("user=a").verdict == .deny)
    }

    @Test func aReportFreesASlotAndARepeatedOneChangesNothing() throws {
        let harness = try LimiterHarness("together: 1 concurrent by user")
        let first = try harness.check("user=a")
        #expect(harness.report(first) == .accepted)
        #expect(try harness.check("user=a").verdict == .allow)
        #expect(harness.report(first) == .repeated)
        #expect(try harness.check("user=a").verdict == .deny)
    }

    @Test func theEndOfAConnectionFreesItsSlotsAndNobodyElses() throws {
        let harness = try LimiterHarness("together: 10 concurrent")
        harness.connect(1)
        let mine = try (0..<5).map { _ in try harness.check("") }
        harness.connect(2)
        #expect(try harness.allowed(4, "") == 4)
        // What was released before is not freed again.
        #expect(harness.release(mine[2]))
        harness.disconnect(1)
        #expect(try harness.check("", peek: true).remaining == 6)
        harness.disconnect(2)
        #expect(try harness.check("", peek: true).remaining == 10)
        #expect(harness.open == 0)
    }

    @Test func aConnectionWhoseEndMeansNothingFreesNothing() throws {
        let harness = try LimiterHarness("together: 1 concurrent")
        let first = try harness.check("")
        harness.disconnect(0)
        #expect(try harness.check("").verdict == .deny)
        #expect(harness.release(first))
    }

    @Test func aSlotIsFreedBehindItsHoldBySweepsAndByTheCheckThatWantsIt() throws {
        let harness = try LimiterHarness("together: 1 concurrent by user hold 5s")
        let first = try harness.check("user=a")
        harness.pass(microseconds: 4_999_999)
        #expect(try harness.check("user=a").verdict == .deny)
        harness.pass(microseconds: 1)
        #expect(try harness.check("user=a").verdict == .allow)
        #expect(!harness.release(first))
        harness.pass(milliseconds: 5_000)
        harness.expire()
        #expect(harness.open == 0)
        #expect(harness.limiter.expiredSlots == 2)
    }

    @Test func withoutAWordASlotIsHeldForAMinute() throws {
        let harness = try LimiterHarness("together: 1 concurrent")
        let first = try harness.check("")
        #expect(first.resetMicroseconds == 60_000_000)
        harness.pass(microseconds: 59_999_999)
        #expect(try harness.check("").verdict == .deny)
        harness.pass(microseconds: 1)
        #expect(try harness.check("").verdict == .allow)
    }

    @Test func eachOfSeveralLimitsHasItsOwnHold() throws {
        let harness = try LimiterHarness("short: 1 concurrent by user hold 1s; long: 2 concurrent by ip hold 3s")
        let first = try harness.check("user=a ip=192.0.2.1")
        harness.pass(milliseconds: 1_000)
        #expect(try harness.check("user=a ip=192.0.2.1").verdict == .allow)
        #expect(try harness.check("user=b ip=192.0.2.1").reason == .concurrency)
        #expect(harness.release(first))
        #expect(try harness.check("user=b ip=192.0.2.1").verdict == .allow)
    }

    @Test func rateQuotaAndConcurrencyAreTakenTogetherOrNotAtAll() throws {
        let harness = try LimiterHarness(
            "rate: 1/h burst 5 by user; quota: 5/day by user; together: 1 concurrent by user")
        let first = try harness.check("user=a")
        #expect(first.verdict == .allow)
        for _ in 0..<10 { #expect(try harness.check("user=a").verdict == .deny) }
        #expect(harness.release(first))
        // Four more of each: what was refused has taken nothing.
        for _ in 0..<4 {
            let next = try harness.check("user=a")
            #expect(next.verdict == .allow)
            #expect(harness.release(next))
        }
        #expect(try harness.check("user=a").reason == .quota)
        harness.pass(milliseconds: 24 * 3_600_000)
        #expect(try harness.check("user=a").verdict == .allow, "no slot is held for what was refused")
    }

    @Test func whatOtherRulesRefuseTakesNoSlot() throws {
        let harness = try LimiterHarness("rate: 1/h burst 1 by user; together: 3 concurrent")
        #expect(try harness.check("user=a").verdict == .allow)
        for _ in 0..<5 { #expect(try harness.check("user=a").reason == .rate) }
        #expect(try harness.allowed(2, "") == 2)
        #expect(try harness.check("").reason == .concurrency)
    }

    @Test func aPeekTakesNothing() throws {
        let harness = try LimiterHarness("together: 1 concurrent")
        for _ in 0..<3 { #expect(try harness.check("", peek: true).verdict == .allow) }
        #expect(try harness.check("").verdict == .allow)
        #expect(try harness.check("", peek: true).reason == .concurrency)
    }

    @Test func aShadowRuleCountsAndNeverDenies() throws {
        let harness = try LimiterHarness("together: 2 concurrent shadow", openChecks: 4)
        #expect(try harness.allowed(20, "") == 20)
        let counters = harness.limiter.counters(of: 0)
        #expect(counters.allowed == 2 && counters.shadowDenied == 18)
    }

    @Test func aShadowRuleNeverDeniesForWantOfRoomEither() throws {
        let harness = try LimiterHarness("together: 200 concurrent shadow", openChecks: 16)
        #expect(try harness.allowed(20, "") == 20)
        #expect(harness.limiter.refusedOpen == 0)
    }

    @Test func enforcementInShadowLetsAllPass() throws {
        let harness = try LimiterHarness("together: 1 concurrent", enforcement: .shadow)
        #expect(try harness.allowed(3, "") == 3)
        let decision = try harness.check("")
        #expect(decision.state == .shadow && decision.reason == .concurrency && decision.verdict == .allow)
        #expect(harness.open == 1)
    }

    @Test func beyondTheRoomForOpenChecksOneIsRefusedAndTakesNothing() throws {
        let harness = try LimiterHarness("rate: 1/h burst 100; together: 100 concurrent", openChecks: 16)
        let open = try (0..<16).map { _ in try harness.check("") }
        let refused = try harness.check("")
        #expect(refused.verdict == .deny && refused.reason == .overload && refused.status == 503)
        #expect(refused.retryAfterMicroseconds == 50_000 && refused.ticket.isNone)
        #expect(harness.limiter.refusedOpen == 1)
        #expect(harness.release(open[3]))
        let next = try harness.check("")
        #expect(next.verdict == .allow && next.remaining == 100 - 17, "the rate, of which the refused took nothing")
    }

    @Test func aCheckOfManyLimitsNeedsRoomForItsSlotsAlone() throws {
        let rates = (0..<40).map { "r\($0): 1M/s" }.joined(separator: "; ")
        let harness = try LimiterHarness("\(rates); together: 100 concurrent", openChecks: 16)
        #expect(try harness.allowed(20, "") == 16)
    }

    @Test func anAmountThatChangesKeepsWhatIsInUse() throws {
        let harness = try LimiterHarness("together: 3 concurrent by user")
        let open = try (0..<3).map { _ in try harness.check("user=a") }
        try harness.adopt("together: 5 concurrent by user")
        #expect(try harness.allowed(5, "user=a") == 2)
        try harness.adopt("together: 1 concurrent by user")
        #expect(try harness.check("user=a").verdict == .deny)
        for decision in open { #expect(harness.release(decision)) }
        #expect(try harness.check("user=a").verdict == .deny, "two are still in use")
        harness.pass(milliseconds: 60_000)
        #expect(try harness.allowed(3, "user=a") == 1)
    }

    @Test func aLimitThatIsGoneIsDroppedSafely() throws {
        let harness = try LimiterHarness("one: 3 concurrent by user; two: 3 concurrent by user")
        let open = try (0..<3).map { _ in try harness.check("user=a") }
        try harness.adopt("two: 3 concurrent by user")
        #expect(try harness.check("user=a").verdict == .deny)
        #expect(harness.release(open[0]))
        #expect(try harness.check("user=a").verdict == .allow)
        try harness.adopt("other: 1/s by user")
        for decision in open.dropFirst() { #expect(harness.release(decision)) }
        harness.pass(milliseconds: 60_000)
        harness.expire()
        #expect(harness.open == 0)
        // Nothing is in use under its old name: a sweep forgets it.
        harness.pass(milliseconds: 1)
        harness.limiter.sweep(10_000, now: harness.now)
        #expect(harness.limiter.keyCount == 0)
        try harness.adopt("one: 3 concurrent by user")
        #expect(try harness.allowed(5, "user=a") == 3)
    }

    @Test func aKeyWhoseSlotsAreInUseIsNotForgotten() throws {
        let harness = try LimiterHarness("together: 2 concurrent by user hold 100h")
        let first = try harness.check("user=a")
        harness.pass(milliseconds: 50 * 3_600_000)
        harness.limiter.sweep(10_000, now: harness.now)
        #expect(harness.limiter.keyCount == 1)
        #expect(try harness.allowed(3, "user=a") == 1)
        #expect(harness.release(first))
        harness.pass(milliseconds: 100 * 3_600_000)
        harness.expire()
        harness.pass(milliseconds: 1)
        harness.limiter.sweep(10_000, now: harness.now)
        #expect(harness.limiter.keyCount == 0)
    }

    @Test func keysThatFindNoRoomShareTheSlotsOfTheOverflowEntry() throws {
        let harness = try LimiterHarness("together: 2 concurrent by user", maximumKeys: 64)
        harness.limiter.newKeyBudget = 0
        let first = try harness.check("user=a")
        #expect(try harness.check("user=b").verdict == .allow)
        #expect(try harness.check("user=c").verdict == .deny)
        #expect(harness.release(first))
        #expect(try harness.check("user=c").verdict == .allow)
    }

    @Test func slotsAreNotTakenOverByASuccessor() throws {
        let harness = try LimiterHarness("together: 1 concurrent by user; rate: 1/h burst 1 by ip")
        let first = try harness.check("user=a ip=192.0.2.1")
        let stored = harness.storedCounters()
        #expect(stored.damaged == 0 && stored.counters.count == 1)
        let (next, forgotten) = try harness.successor()
        #expect(forgotten == 0)
        #expect(try next.check("ip=192.0.2.1").reason == .rate)
        #expect(try next.check("user=a").verdict == .allow)
        #expect(try next.check("user=a").reason == .concurrency)
        #expect(first.verdict == .allow)
    }

    @Test func anExemptRequestHoldsNoSlot() throws {
        let harness = try LimiterHarness("together: 1 concurrent; free: exempt when user=root")
        for _ in 0..<3 { #expect(try harness.check("user=root").reason == .exempt) }
        #expect(harness.open == 0)
        #expect(try harness.check("").verdict == .allow)
    }
}

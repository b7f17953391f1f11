import Testing
import WeirCalendar
import WeirCore

/// Limits that count in windows of the calendar, and limits that hold only during spans of it.
@Suite struct WindowLimitTests {
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 24 * hour

    @Test func aWindowAdmitsItsAmountAndTheNextOneItsOwn() throws {
        // 08:00 UTC on a Friday: sixteen hours are left of the day.
        let harness = try LimiterHarness("daily: 5/day by ip")
        let first = try harness.check("ip=192.0.2.1")
        #expect(first.verdict == .allow)
        #expect(first.limit == 5)
        #expect(first.remaining == 4)
        #expect(first.windowSeconds == 86_400)
        #expect(first.resetMicroseconds == UInt64(16 * Self.hour * 1_000))
        #expect(try harness.allowed(10, "ip=192.0.2.1") == 4)
        #expect(try harness.allowed(10, "ip=192.0.2.2") == 5)
        let denied = try harness.check("ip=192.0.2.1")
        #expect(denied.verdict == .deny)
        #expect(denied.reason == .quota)
        #expect(denied.status == 429)
        #expect(denied.retryAfterMicroseconds == UInt64(16 * Self.hour * 1_000))
        // Nothing refills within the window; the next one is whole.
        harness.pass(milliseconds: 16 * Self.hour - 1)
        #expect(try harness.check("ip=192.0.2.1").retryAfterMicroseconds == 1_000)
        harness.pass(milliseconds: 1)
        #expect(try harness.allowed(10, "ip=192.0.2.1") == 5)
    }

    @Test func whatIsInFlightWhenAWindowEndsCountsWhereItWasDecided() throws {
        let harness = try LimiterHarness("daily: 2/day by ip")
        harness.pass(milliseconds: 16 * Self.hour - 1)
        let last = try harness.check("ip=192.0.2.1", cost: 2)
        harness.pass(milliseconds: 1)
        // The new day is whole, and the report on the old day's check changes nothing of it.
        #expect(try harness.check("ip=192.0.2.1").remaining == 1)
        #expect(harness.report(Report(ticket: last.ticket, status: 200, cost: 1)) == .accepted)
        #expect(try harness.check("ip=192.0.2.1", peek: true).remaining == 1)
        #expect(harness.report(Report(ticket: last.ticket, status: 200, cost: 1)) == .repeated)
    }

    @Test func aRequestLargerThanTheAmountNeverPasses() throws {
        let harness = try LimiterHarness("daily: 5/day by ip")
        let decision = try harness.check("ip=192.0.2.1", cost: 6)
        #expect(decision.reason == .tooLarge)
        #expect(decision.retryAfterMicroseconds == CheckAnswer.never)
        #expect(try harness.check("ip=192.0.2.1", cost: 5).verdict == .allow)
    }

    @Test func windowsAndBucketsAreTakenFromTogetherOrNotAtAll() throws {
        let harness = try LimiterHarness("daily: 3/day by ip; steady: 2/h by ip")
        #expect(try harness.allowed(5, "ip=192.0.2.1") == 2)
        #expect(try harness.check("ip=192.0.2.1").reason == .rate)
        harness.pass(milliseconds: Self.hour)
        // One of the day's three is left, two of the hour's.
        #expect(try harness.allowed(5, "ip=192.0.2.1") == 1)
        let denied = try harness.check("ip=192.0.2.1")
        #expect(denied.reason == .quota)
        #expect(harness.name(denied) == "daily")
        // The denied requests took nothing of the bucket.
        try harness.adopt("steady: 2/h by ip")
        #expect(try harness.allowed(5, "ip=192.0.2.1") == 1)
    }

    @Test func aPeekSeesTheRunningWindowAndLeavesIt() throws {
        let harness = try LimiterHarness("daily: 5/day by ip")
        #expect(try harness.check("ip=192.0.2.1", peek: true).remaining == 5)
        #expect(try harness.check("ip=192.0.2.1").remaining == 4)
        #expect(try harness.check("ip=192.0.2.1", peek: true).remaining == 4)
        harness.pass(milliseconds: Self.day)
        #expect(try harness.check("ip=192.0.2.1", peek: true).remaining == 5)
        #expect(harness.limiter.keyCount == 1)
    }

    @Test func aWallClockThatGoesBackOpensNoWindowTwice() throws {
        let harness = try LimiterHarness("daily: 5/day by ip")
        #expect(try harness.allowed(10, "ip=192.0.2.1") == 5)
        // A day on, and back again: what was used of the later day stays used, the earlier one does not come back.
        harness.now.wallMicroseconds += Self.day * 1_000
        #expect(try harness.allowed(3, "ip=192.0.2.1") == 3)
        harness.now.wallMicroseconds -= Self.day * 1_000
        #expect(try harness.allowed(10, "ip=192.0.2.1") == 2)
        harness.now.wallMicroseconds += Self.day * 1_000
        #expect(try harness.allowed(10, "ip=192.0.2.1") == 0)
        harness.now.wallMicroseconds += Self.day * 1_000
        #expect(try harness.allowed(10, "ip=192.0.2.1") == 5)
    }

    @Test func anAmountMayChangeInsideAWindow() throws {
        let harness = try LimiterHarness("daily: 5/day by ip")
        #expect(try harness.allowed(3, "ip=192.0.2.1") == 3)
        try harness.adopt("daily: 10/day by ip")
        #expect(try harness.allowed(20, "ip=192.0.2.1") == 7)
        try harness.adopt("daily: 4/day by ip")
        #expect(try harness.check("ip=192.0.2.1").verdict == .deny)
        try harness.adopt("daily: 12/day by ip")
        #expect(try harness.allowed(20, "ip=192.0.2.1") == 2)
    }

    @Test func aPolicyThatComesAgainDoesNotReopenAWindow() throws {
        let harness = try LimiterHarness("daily: 5/day by ip")
        harness.now.wallMicroseconds += Self.day * 1_000
        #expect(try harness.allowed(10, "ip=192.0.2.1") == 5)
        harness.now.wallMicroseconds -= Self.day * 1_000
        try harness.adopt("daily: 5/day by ip; other: 1/h by user")
        #expect(try harness.allowed(10, "ip=192.0.2.1") == 0)
    }

    @Test func aWindowIsNeverForgottenBeforeItIsOver() throws {
        let harness = try LimiterHarness("daily: 1/day by user", maximumKeys: 100)
        #expect(try harness.check("user=victim").verdict == .allow)
        for index in 0..<5_000 { try harness.check("user=u\(index)") }
        harness.pass(milliseconds: Self.hour)
        harness.limiter.sweep(10_000, now: harness.now)
        #expect(harness.limiter.keyCount == 100)
        #expect(try harness.check("user=victim").verdict == .deny)
        // Those that found no room shared one entry, of one request.
        #expect(harness.limiter.counters(of: 0).allowed == 101)
        // The next day has room for its own, and its overflow entry is new.
        harness.pass(milliseconds: Self.day)
        #expect(try harness.check("user=victim").verdict == .allow)
        harness.limiter.sweep(10_000, now: harness.now)
        #expect(harness.limiter.keyCount == 1)
    }

    @Test func theEndOfWhatIsKnownHoldsTheLastWindowUntilMoreIsKnown() throws {
        let harness = try LimiterHarness("minute: quota 5/min by ip")
        harness.pass(milliseconds: 40 * 60_000)
        #expect(try harness.allowed(10, "ip=192.0.2.1") == 5)
        harness.pass(milliseconds: 10 * 60_000)
        #expect(try harness.allowed(10, "ip=192.0.2.1") == 0)
        for (rule, from) in harness.limiter.calendarRunningOut(now: harness.now) {
            harness.limiter.extend(rule, with: ZoneAlmanac().timeline(rule, at: from))
        }
        #expect(try harness.allowed(10, "ip=192.0.2.1") == 5)
        #expect(harness.limiter.calendarRunningOut(now: harness.now).isEmpty)
    }

    @Test func theCalendarIsExtendedBeforeItEnds() throws {
        let harness = try LimiterHarness("minute: quota 5/min by ip; hours: 1/s during mon-fri 09:00-18:00")
        #expect(harness.limiter.calendarRunningOut(now: harness.now).isEmpty)
        // What the scribe does each second, for a day: no window is missed, and none is given twice.
        for _ in 0..<(24 * 60) {
            for (rule, from) in harness.limiter.calendarRunningOut(now: harness.now) {
                harness.limiter.extend(rule, with: ZoneAlmanac().timeline(rule, at: from))
            }
            #expect(try harness.allowed(6, "ip=192.0.2.1") >= 1)
            harness.pass(milliseconds: 60_000)
        }
        #expect(harness.limiter.counters(of: 0).allowed <= 5 * 24 * 60)
    }

    @Test func whoeverWasCountedInTheWindowBeforeIsNotNewInTheNext() throws {
        let harness = try LimiterHarness("daily: 5/day by user")
        for user in 0..<100 { try harness.check("user=u\(user)") }
        harness.pass(milliseconds: 16 * Self.hour)
        harness.limiter.sweep(10_000, now: harness.now)
        harness.limiter.newKeyBudget = 10
        for user in 0..<100 { #expect(try harness.check("user=u\(user)").remaining == 4) }
        for user in 0..<10 { #expect(try harness.check("user=new\(user)").remaining == 4) }
        #expect(harness.limiter.throttledKeys == 0)
        try harness.check("user=another")
        #expect(harness.limiter.throttledKeys == 1)
        // A day later they are known all the same, though the calendar was extended in between.
        harness.pass(milliseconds: 12 * Self.hour)
        for (rule, from) in harness.limiter.calendarRunningOut(now: harness.now) {
            harness.limiter.extend(rule, with: ZoneAlmanac().timeline(rule, at: from))
        }
        harness.pass(milliseconds: 12 * Self.hour)
        harness.limiter.newKeyBudget = 0
        for user in 0..<100 { #expect(try harness.check("user=u\(user)").remaining == 4) }
        // Those of the day before yesterday are forgotten in a minute.
        harness.pass(milliseconds: 60_000)
        harness.limiter.sweep(10_000, now: harness.now)
        #expect(harness.limiter.keyCount == 100)
    }

    @Test func aLimitHoldsOnlyDuringItsSpans() throws {
        let harness = try LimiterHarness("hours: 2/h by ip during mon-fri 09:00-18:00")
        // Friday, 08:00.
        #expect(try harness.check("ip=192.0.2.1").reason == .unlimited)
        harness.pass(milliseconds: Self.hour)
        #expect(try harness.allowed(5, "ip=192.0.2.1") == 2)
        harness.pass(milliseconds: 9 * Self.hour)
        #expect(try harness.check("ip=192.0.2.1").reason == .unlimited)
        harness.pass(milliseconds: 2 * Self.day + 15 * Self.hour)
        #expect(try harness.allowed(5, "ip=192.0.2.1") == 2)
    }

    @Test func aShareOfKeysIsTheSameInEachWindow() throws {
        let harness = try LimiterHarness("daily: 1/day by user enforce 30%")
        func enforced() throws -> [Bool] {
            try (0..<200).map { index in
                try harness.check("user=u\(index)")
                return try harness.check("user=u\(index)").verdict == .deny
            }
        }
        let first = try enforced()
        #expect((20...100).contains(first.count { $0 }))
        harness.pass(milliseconds: Self.day)
        #expect(try enforced() == first)
    }

    /// A machine may start with a clock that is far ahead and have it set right: limits must not hold on to that window.
    @Test func aClockThatWasAheadAtTheStartIsFollowedBack() throws {
        let harness = try LimiterHarness("daily: 2/day by user")
        let now = harness.now
        harness.now.wallMicroseconds += 365 * 86_400_000_000
        try harness.adopt("daily: 2/day by user; other: 9/s")
        #expect(try harness.allowed(3, "user=u") == 2)
        harness.now.wallMicroseconds = now.wallMicroseconds
        #expect(try harness.allowed(1, "user=u") == 0, "the window that had begun goes on")
        let rules = harness.limiter.calendarAhead(now: harness.now)
        #expect(rules.count == 1)
        for rule in rules {
            harness.limiter.goBack(rule, to: ZoneAlmanac().timeline(rule, at: harness.now.wallMicroseconds))
        }
        #expect(harness.limiter.calendarAhead(now: harness.now).isEmpty)
        #expect(try harness.allowed(3, "user=u") == 2)
        // A clock that was a little fast is not followed.
        harness.now.wallMicroseconds -= 20 * 3_600_000_000
        #expect(harness.limiter.calendarAhead(now: harness.now).isEmpty)
    }

    @Test func overflowEntriesOfWindowsThatAreOverGoThoughNobodySweeps() throws {
        let text = (0..<8).map { "m\($0): quota 1/min by user" }.joined(separator: "; ")
        let harness = try LimiterHarness(text, maximumKeys: 8)
        for _ in 0..<100 {
            for user in 0..<2 { try harness.check("user=u\(user)") }
            for (rule, from) in harness.limiter.calendarRunningOut(now: harness.now) {
                harness.limiter.extend(rule, with: ZoneAlmanac().timeline(rule, at: from))
            }
            harness.pass(milliseconds: 60_000)
        }
        // Eight limits, each with an entry of its own and one that the other user finds: nobody was ever without room.
        #expect(harness.limiter.counters(of: 0).allowed == 200)
    }
}

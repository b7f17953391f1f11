import Testing
import WeirCore

/// Checks whose cost is an estimate: settled by the report, or by nothing.
@Suite struct ReservationTests {
    private let limits = "rate: 1/h burst 100 by user; quota: 1000/day by user"

    /// What is left of the most constrained rule.
    private func left(_ harness: LimiterHarness, _ words: String = "user=a") throws -> UInt64 {
        try harness.check(words, cost: 0, peek: true).remaining
    }

    @Test func whatWasNotUsedGoesBackToEachThatWasCharged() throws {
        for limits in ["rate: 1/h burst 100 by user", "quota: 100/day by user"] {
            let harness = try LimiterHarness(limits)
            let check = try harness.check("user=a", cost: 60, reserve: true)
            #expect(try left(harness) == 40)
            #expect(harness.report(check, cost: 25) == .accepted)
            #expect(try left(harness) == 75, "\(limits)")
            #expect(harness.open == 0)
        }
    }

    @Test func nothingGoesBackAboveTheCap() throws {
        let harness = try LimiterHarness("rate: 100/s burst 100 by user")
        let check = try harness.check("user=a", cost: 60, reserve: true)
        harness.pass(milliseconds: 500)
        #expect(harness.report(check, cost: 0) == .accepted)
        #expect(try left(harness) == 100)
        #expect(try harness.check("user=a", cost: 101).reason == .tooLarge)
        #expect(try harness.check("user=a", cost: 100).verdict == .allow)
        #expect(try left(harness) == 0)
    }

    @Test func whatWasUsedBeyondIsTakenOrOwed() throws {
        let harness = try LimiterHarness("rate: 3600/h burst 100 by user")
        let first = try harness.check("user=a", cost: 10, reserve: true)
        #expect(harness.report(first, cost: 30) == .accepted)
        #expect(try left(harness) == 70)
        let second = try harness.check("user=a", cost: 10, reserve: true)
        #expect(harness.report(second, cost: 90) == .accepted)
        // Twenty are owed: they are made anew first, one in a second.
        harness.pass(milliseconds: 20_000)
        #expect(try left(harness) == 0)
        #expect(try harness.check("user=a").reason == .rate)
        harness.pass(milliseconds: 1_000)
        #expect(try harness.check("user=a").verdict == .allow)
    }

    @Test func whatARefusedCheckHasLeftInHandPaysTheDebt() throws {
        let harness = try LimiterHarness("quota: 100/day by user; together: 1 concurrent by user")
        let check = try harness.check("user=a", cost: 50, reserve: true)
        // Forty are in hand now, as the slot was refused.
        #expect(try harness.check("user=a", cost: 40).reason == .concurrency)
        #expect(harness.report(check, cost: 120) == .accepted)
        #expect(try harness.check("user=a", cost: 1).reason == .quota)
    }

    @Test func aBucketOwesNoMoreThanItHolds() throws {
        let harness = try LimiterHarness("rate: 3600/h burst 100 by user")
        let check = try harness.check("user=a", cost: 1, reserve: true)
        #expect(harness.report(check, cost: 1 << 61) == .accepted)
        harness.pass(milliseconds: 100_000)
        #expect(try harness.check("user=a").verdict == .deny)
        harness.pass(milliseconds: 1_000)
        #expect(try harness.check("user=a").verdict == .allow)
    }

    @Test func aWindowCountsWhatWasUsedBeyondItsAmount() throws {
        let harness = try LimiterHarness("quota: 100/day by user")
        let check = try harness.check("user=a", cost: 90, reserve: true)
        let other = try harness.check("user=a", cost: 10, reserve: true)
        #expect(harness.report(check, cost: 150) == .accepted)
        #expect(harness.unsealedWindows().map(\.used) == [160])
        #expect(harness.report(other, cost: 0) == .accepted)
        #expect(harness.unsealedWindows().map(\.used) == [150])
        #expect(try harness.check("user=a").reason == .quota)
    }

    @Test func aWindowThatIsOverIsNotCorrected() throws {
        let harness = try LimiterHarness("quota: 100/day by user")
        let check = try harness.check("user=a", cost: 90, reserve: true)
        harness.pass(milliseconds: 24 * 3_600_000)
        #expect(try harness.check("user=a", cost: 40).verdict == .allow)
        #expect(harness.report(check, cost: 0) != .unknown)
        #expect(try left(harness) == 60)
    }

    @Test func whatTheRuleAndTheRouteMultiplyIsMultipliedInTheSettlement() throws {
        let harness = try LimiterHarness(
            """
            heavy: route /heavy weight 2
            rate:  1/h burst 1000 by user cost 5 if method=POST, 1
            calls: 1/h burst 1000 by ip counting calls
            """)
        let check = try harness.check("user=a ip=192.0.2.1 path=/heavy method=POST", cost: 10, reserve: true)
        #expect(try left(harness) == 900)
        #expect(harness.report(check, cost: 3) == .accepted)
        #expect(try left(harness) == 1_000 - 3 * 2 * 5)
        #expect(try left(harness, "ip=192.0.2.1") == 999, "calls are calls")
    }

    @Test func aCostThatWasNoEstimateIsCountedAsItIsTold() throws {
        let harness = try LimiterHarness("heavy: route /heavy weight 2; together: 1 concurrent; rate: 1/h burst 100")
        let check = try harness.check("path=/heavy", cost: 10)
        #expect(harness.report(check, cost: 3) == .accepted)
        #expect(harness.cells().filter { $0.key.contains("2xx") }.map(\.value.units) == [3])
        #expect(try harness.check("", cost: 80).verdict == .allow)
        #expect(try harness.check("", cost: 1).verdict == .deny)
    }

    @Test func aRepeatedReportChangesNothing() throws {
        let harness = try LimiterHarness(limits)
        let check = try harness.check("user=a", cost: 50, reserve: true)
        #expect(harness.report(check, cost: 10) == .accepted)
        let before = try left(harness)
        #expect(harness.report(check, cost: 10) == .repeated)
        #expect(harness.report(check, cost: 90) == .repeated)
        #expect(try left(harness) == before)
    }

    @Test func withoutACostOrAReservationNothingIsCorrected() throws {
        let harness = try LimiterHarness(limits)
        let reserved = try harness.check("user=a", cost: 20, reserve: true)
        let plain = try harness.check("user=a", cost: 20)
        #expect(harness.report(reserved) == .accepted && harness.report(plain, cost: 1) == .accepted)
        #expect(try left(harness) == 60)
        #expect(harness.open == 0)
    }

    @Test func silenceLeavesWhatWasTakenAndForgetsTheReservation() throws {
        let harness = try LimiterHarness("quota: 100/day by user")
        let check = try harness.check("user=a", cost: 60, reserve: true)
        harness.pass(microseconds: 59_999_999)
        harness.expire()
        #expect(harness.open == 1)
        harness.pass(microseconds: 1)
        harness.expire()
        #expect(harness.open == 0)
        #expect(harness.report(check, cost: 0) == .accepted)
        #expect(try left(harness) == 40)
    }

    @Test func aReleaseFreesSlotsAndLeavesTheEstimateToTheReport() throws {
        let harness = try LimiterHarness("rate: 1/h burst 100 by user; together: 1 concurrent by user")
        harness.connect(3)
        let check = try harness.check("user=a", cost: 60, reserve: true)
        #expect(harness.release(check) && !harness.release(check))
        let next = try harness.check("user=a", cost: 10, reserve: true)
        #expect(next.verdict == .allow)
        // The end of the connection frees slots alone, too.
        harness.disconnect(3)
        #expect(harness.open == 2)
        #expect(harness.report(check, cost: 0) == .accepted && harness.report(next, cost: 5) == .accepted)
        #expect(try harness.check("user=a", cost: 95).verdict == .allow)
        #expect(harness.open == 1)
    }

    @Test func aReservationOfALimitThatIsGoneIsDropped() throws {
        let harness = try LimiterHarness("rate: 1/h burst 100 by user; other: 1/h burst 100 by user")
        let check = try harness.check("user=a", cost: 60, reserve: true)
        try harness.adopt("other: 1/h burst 100 by user")
        #expect(harness.report(check, cost: 10) == .accepted)
        #expect(try left(harness) == 90)
    }

    @Test func aReservationWithoutRoomIsRefused() throws {
        let harness = try LimiterHarness(limits, openChecks: 16)
        for _ in 0..<16 { #expect(try harness.check("user=a", reserve: true).verdict == .allow) }
        #expect(try harness.check("user=a", reserve: true).reason == .overload)
        #expect(try harness.check("user=a").verdict == .allow, "who reserves nothing needs no room")
    }

    @Test func aKeyThatWasForgottenMeanwhileOwesAllTheSame() throws {
        let harness = try LimiterHarness("rate: 3600/h burst 10 by user")
        let check = try harness.check("user=a", cost: 1, reserve: true)
        harness.pass(milliseconds: 10_000)
        harness.limiter.sweep(10_000, now: harness.now)
        #expect(harness.limiter.keyCount == 0)
        #expect(harness.report(check, cost: 9) == .accepted)
        #expect(try left(harness) == 2)
    }
}

import Testing
import WeirCore
import WeirTestSupport

/// The table of limit keys: what it forgets, what it must not, and what a change of amounts keeps.
@Suite struct LimitTableTests {
    @Test func sprayingKeysResetsNobodysLimit() throws {
        let harness = try LimiterHarness("default: 2/min by user", maximumKeys: 200)
        #expect(try harness.allowed(3, "user=victim") == 2)
        for key in 0..<5_000 {
            _ = try harness.check("user=spray\(key)")
            if key.isMultiple(of: 500) { #expect(try harness.check("user=victim").verdict == .deny) }
        }
        #expect(try harness.check("user=victim").verdict == .deny)
        #expect(harness.limiter.keyCount == 200)
        #expect(harness.limiter.counters(of: 0).overflowed > 4_000)
        // The overflow entry has a limit of its own: 2 of all that found no room.
        #expect(harness.limiter.checks.allowed == 2 + 199 + 2)
    }

    @Test func keysThatTimeHasMadeAsNewMakeRoom() throws {
        let harness = try LimiterHarness("default: 10/s by user", maximumKeys: 200)
        for key in 0..<200 { _ = try harness.check("user=a\(key)") }
        harness.pass(milliseconds: 100)
        for key in 0..<200 { #expect(try harness.check("user=b\(key)").verdict == .allow) }
        #expect(harness.limiter.keyCount == 200)
        #expect(harness.limiter.evictionCount == 200)
        #expect(harness.limiter.counters(of: 0).overflowed == 0)
    }

    @Test func aSweepForgetsOnlyWhatIsAsNew() throws {
        let harness = try LimiterHarness("fast: 10/s by user; slow: 2/h by tenant", maximumKeys: 300)
        for key in 0..<100 { _ = try harness.check("user=u\(key)") }
        for key in 0..<100 { _ = try harness.check("tenant=t\(key)") }
        harness.pass(milliseconds: 1_000)
        harness.limiter.sweep(10_000, now: harness.now)
        #expect(harness.limiter.keyCount == 100)
        for key in 0..<100 { #expect(try harness.check("tenant=t\(key)").remaining == 0) }
    }

    /// Removing keys in any order never loses another one: searches stay whole.
    @Test(arguments: 1...5)
    func everyKeyKeepsItsCounterWhileOthersComeAndGo(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        let harness = try LimiterHarness("fast: 1000/s burst 2 by user; slow: 100/h by tenant", maximumKeys: 120)
        var taken: [Int: Int] = [:]
        for _ in 0..<4_000 {
            let tenant = Int.random(in: 0..<60, using: &random)
            if Bool.random(using: &random) {
                _ = try harness.check("user=u\(Int.random(in: 0..<10_000, using: &random))")
                harness.pass(microseconds: Int64.random(in: 0...3_000, using: &random))
            } else if taken[tenant, default: 0] < 90 {
                let decision = try harness.check("tenant=t\(tenant)")
                try #require(decision.verdict == .allow)
                taken[tenant, default: 0] += 1
                try #require(decision.remaining == UInt64(100 - taken[tenant, default: 0]))
            }
        }
        #expect(harness.limiter.counters(of: 1).overflowed == 0)
    }

    @Test func aCheckAgainstSeveralRulesSurvivesEvictionsInItsMidst() throws {
        let rules = (0..<10).map { "r\($0): 1000/s burst 5 by user, x\($0)" }.joined(separator: "\n")
        let harness = try LimiterHarness(rules, maximumKeys: 128)
        for round in 0..<300 {
            let words = (0..<10).map { "x\($0)=v" }.joined(separator: " ") + " user=u\(round)"
            let decision = try harness.check(words)
            try #require(decision.verdict == .allow)
            try #require(decision.remaining == 4)
            harness.pass(milliseconds: 10)
        }
        #expect(harness.limiter.evictionCount > 2_000)
    }

    @Test func changingAnAmountKeepsWhatWasUsed() throws {
        let harness = try LimiterHarness("default: 10/h by user")
        #expect(try harness.allowed(4, "user=u") == 4)
        try harness.adopt("default: 100/h by user")
        #expect(try harness.check("user=u", peek: true).remaining == 96)
        #expect(try harness.check("user=u").remaining == 95)
        try harness.adopt("default: 6/h by user")
        #expect(try harness.check("user=u").remaining == 0)
        #expect(try harness.check("user=u").verdict == .deny)
        // Lowered below what was used: nothing passes until time has made up for it.
        try harness.adopt("default: 2/h by user")
        let denied = try harness.check("user=u")
        #expect(denied.verdict == .deny)
        #expect(denied.remaining == 0)
        #expect(denied.retryAfterMicroseconds == 5 * 1_800_000_000)
        try harness.adopt("default: 60/min by user")
        #expect(try harness.check("user=u").remaining == 53)
    }

    @Test func aCounterIsKnownByNameKindAndByList() throws {
        let harness = try LimiterHarness("a: 5/h by user")
        #expect(try harness.allowed(9, "user=u") == 5)
        try harness.adopt("b: 5/h by user")
        #expect(try harness.allowed(9, "user=u") == 5)
        try harness.adopt("a: 5/h by user, tenant")
        #expect(try harness.allowed(9, "user=u tenant=t") == 5)
        // The first one is still there when it comes back, with its clauses changed.
        try harness.adopt("x: 1/s by ip; a: 5/h by user when user answer 402 shadow")
        #expect(try harness.allowed(9, "user=u") == 9)
        try harness.adopt("a: 5/h by user answer 402")
        let denied = try harness.check("user=u")
        #expect(denied.verdict == .deny)
        #expect(denied.status == 402)
    }

    @Test func countersOfTheSameLimitGoOnAcrossPolicies() throws {
        let harness = try LimiterHarness("a: 1/h by user; b: 9/h by user")
        _ = try harness.allowed(3, "user=u")
        try harness.adopt("b: 8/h by user; a: 2/h by user")
        #expect(harness.limiter.counters(of: 1).denied == 2)
        #expect(harness.limiter.counters(of: 0).allowed == 1)
    }

    @Test func moreLimitsThanTheTableCanOverflowAreRefusedAndTheRunningPolicyStays() throws {
        let harness = try LimiterHarness("a: 1/h by user", maximumKeys: 128)
        let many = (0..<33).map { "l\($0): 1/s by user" }.joined(separator: "\n")
        #expect(throws: PolicyRefusal.tooManyLimits(maximum: 32, found: 33)) { try harness.adopt(many) }
        #expect(try harness.allowed(2, "user=u") == 1)
    }
}

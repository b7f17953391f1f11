import Testing
import WeirCore
import WeirTestSupport

@Suite struct LimiterTests {
    @Test func aBucketAdmitsItsBurstThenItsRate() throws {
        let harness = try LimiterHarness("default: 200/s burst 400 by ip")
        #expect(try harness.allowed(500, "ip=192.0.2.1") == 400)
        harness.pass(milliseconds: 100)
        #expect(try harness.allowed(50, "ip=192.0.2.1") == 20)
        #expect(try harness.allowed(1, "ip=192.0.2.2") == 1)
    }

    @Test func theAnswerTellsLimitRemainingResetAndRetryAfter() throws {
        let harness = try LimiterHarness("default: 200/s burst 400 by ip")
        let first = try harness.check("ip=192.0.2.1")
        #expect(first.verdict == .allow)
        #expect(first.reason == .ok)
        #expect(first.status == 200)
        #expect(first.state == .local)
        #expect(harness.name(first) == "default")
        #expect(first.limit == 400)
        #expect(first.remaining == 399)
        #expect(first.windowSeconds == 2)
        #expect(first.resetMicroseconds == 5_000)
        #expect(first.retryAfterMicroseconds == 0)
        #expect(!first.ticket.isNone)
        _ = try harness.allowed(399, "ip=192.0.2.1")
        harness.pass(microseconds: 1_000)
        let denied = try harness.check("ip=192.0.2.1")
        #expect(denied.verdict == .deny)
        #expect(denied.reason == .rate)
        #expect(denied.status == 429)
        #expect(denied.remaining == 0)
        #expect(denied.retryAfterMicroseconds == 4_000)
        #expect(denied.resetMicroseconds == 1_999_000)
        #expect(denied.ticket.isNone)
        harness.pass(microseconds: 3_999)
        #expect(try harness.check("ip=192.0.2.1").verdict == .deny)
        harness.pass(microseconds: 1)
        #expect(try harness.check("ip=192.0.2.1").verdict == .allow)
    }

    @Test func aCheckTakesFromEveryRuleOrFromNone() throws {
        let harness = try LimiterHarness("wide: 10/min; narrow: 2/min by user")
        #expect(try harness.allowed(5, "user=a") == 2)
        let denied = try harness.check("user=a")
        #expect(harness.name(denied) == "narrow")
        // Three denials took nothing from the wide rule: eight are left.
        #expect(try harness.check("user=b", peek: true).remaining == 8)
        #expect(try harness.allowed(20, "ip=192.0.2.1") == 8)
        let both = try harness.check("user=a")
        #expect(harness.name(both) == "narrow")
        #expect(both.retryAfterMicroseconds == 30_000_000)
    }

    @Test func aPeekTakesAndCountsNothing() throws {
        let harness = try LimiterHarness("default: 5/min by ip; no: deny when path=/x")
        for _ in 0..<20 {
            let peek = try harness.check("ip=192.0.2.1", peek: true)
            #expect(peek.verdict == .allow)
            #expect(peek.remaining == 5)
            #expect(peek.ticket.isNone)
        }
        #expect(try harness.check("ip=192.0.2.1 path=/x", peek: true).verdict == .deny)
        #expect(harness.cells().isEmpty)
        #expect(harness.limiter.keyCount == 0)
        #expect(harness.limiter.checks == CheckCounters())
        _ = try harness.allowed(5, "ip=192.0.2.1")
        let denied = try harness.check("ip=192.0.2.1", peek: true)
        #expect(denied.verdict == .deny)
        #expect(denied.retryAfterMicroseconds == 12_000_000)
        #expect(harness.limiter.counters(of: 0).denied == 0)
    }

    @Test func theAnswerNamesTheMostConstrainedRule() throws {
        let harness = try LimiterHarness("a: 100/min; b: 10/min by ip; c: 10/min by user")
        #expect(harness.name(try harness.check("ip=192.0.2.1 user=u")) == "b")
        _ = try harness.check("user=u")
        #expect(harness.name(try harness.check("ip=192.0.2.1 user=u")) == "c")
        #expect(harness.name(try harness.check("path=/")) == "a")
        // Both deny: the longer wait is named.
        let two = try LimiterHarness("fast: 2/s by ip; slow: 2/min by ip")
        _ = try two.allowed(2, "ip=192.0.2.1")
        let denied = try two.check("ip=192.0.2.1")
        #expect(two.name(denied) == "slow")
        #expect(denied.retryAfterMicroseconds == 30_000_000)
    }

    @Test func aCostAboveTheCapacityNeverPasses() throws {
        let harness = try LimiterHarness("small: 5/min by ip answer 403; large: 100/min by ip")
        let denied = try harness.check("ip=192.0.2.1", cost: 6)
        #expect(denied.verdict == .deny)
        #expect(denied.reason == .tooLarge)
        #expect(denied.status == 403)
        #expect(denied.retryAfterMicroseconds == CheckAnswer.never)
        #expect(denied.remaining == 5)
        #expect(try harness.check("ip=192.0.2.1", cost: 5).verdict == .allow)
        #expect(try harness.check("ip=192.0.2.9", cost: .max).reason == .tooLarge)
    }

    @Test func aRefusedLargeRequestDoesNotBlockASmallOne() throws {
        let harness = try LimiterHarness("default: 10/min by ip")
        _ = try harness.check("ip=192.0.2.1", cost: 5)
        #expect(try harness.check("ip=192.0.2.1", cost: 6).verdict == .deny)
        #expect(try harness.check("ip=192.0.2.1", cost: 5).verdict == .allow)
    }

    @Test func aCostOfNothingPassesAnEmptyBucket() throws {
        let harness = try LimiterHarness("default: 1/min by ip")
        _ = try harness.check("ip=192.0.2.1")
        #expect(try harness.check("ip=192.0.2.1", cost: 0).verdict == .allow)
        #expect(try harness.check("ip=192.0.2.1").verdict == .deny)
    }

    @Test func prices() throws {
        let harness = try LimiterHarness("points: 20/min by user cost 0 if method=OPTIONS, 5 if method=POST|PUT, 2")
        #expect(try harness.check("user=u method=OPTIONS").remaining == 20)
        #expect(try harness.check("user=u method=POST").remaining == 15)
        #expect(try harness.check("user=u method=GET").remaining == 13)
        #expect(try harness.check("user=u method=GET", cost: 3).remaining == 7)
        let calls = try LimiterHarness("default: 20/min by user counting calls")
        #expect(try calls.check("user=u", cost: 9).remaining == 19)
        let units = try LimiterHarness("default: 20/min by user counting units")
        #expect(try units.check("user=u", cost: 9).remaining == 11)
    }

    @Test func aRequestWithoutAByAttributeIsNotMatched() throws {
        let harness = try LimiterHarness("default: 1/min by user")
        let decision = try harness.check("ip=192.0.2.1")
        #expect(decision.verdict == .allow)
        #expect(decision.reason == .unlimited)
        #expect(decision.statement == .none)
        #expect(try harness.allowed(3, "ip=192.0.2.1 user=") == 3)
    }

    @Test func addressesAreCountedByTheirPrefix() throws {
        let harness = try LimiterHarness("default: 1/min by ip/24/48")
        #expect(try harness.allowed(1, "ip=192.0.2.1") == 1)
        #expect(try harness.allowed(1, "ip=192.0.2.200") == 0)
        #expect(try harness.allowed(1, "ip=192.0.3.1") == 1)
        #expect(try harness.allowed(1, "ip=2001:db8:1:2::1") == 1)
        #expect(try harness.allowed(1, "ip=2001:DB8:1:ffff::2") == 0)
        #expect(try harness.allowed(1, "ip=[2001:db8:2::]:80") == 1)
        // Plain ip counts IPv6 by /64, IPv4 in any spelling as itself.
        let plain = try LimiterHarness("default: 1/min by ip")
        #expect(try plain.allowed(1, "ip=2001:db8::1") == 1)
        #expect(try plain.allowed(1, "ip=2001:db8::2") == 0)
        #expect(try plain.allowed(1, "ip=192.0.2.1") == 1)
        #expect(try plain.allowed(1, "ip=::ffff:192.0.2.1") == 0)
        // What is no address is still limited, by its text.
        #expect(try plain.allowed(2, "ip=unix:") == 1)
    }

    @Test func countersOfDifferentValuesAreApart() throws {
        let harness = try LimiterHarness("default: 1/min by user, tenant")
        #expect(try harness.allowed(1, "user=ab tenant=c") == 1)
        #expect(try harness.allowed(1, "user=a tenant=bc") == 1)
        #expect(try harness.allowed(1, "user=ab tenant=c") == 0)
    }

    @Test func shadowRulesCountAndNeverDeny() throws {
        let harness = try LimiterHarness("trial: 1/min by ip shadow; real: 5/min by ip")
        #expect(try harness.allowed(6, "ip=192.0.2.1") == 5)
        #expect(harness.limiter.counters(of: 0).shadowDenied == 5)
        #expect(harness.limiter.counters(of: 0).denied == 0)
        #expect(harness.limiter.counters(of: 1).allowed == 5)
        #expect(harness.limiter.counters(of: 1).denied == 1)
        #expect(harness.name(try harness.check("ip=192.0.2.2")) == "real")
    }

    @Test func aShareOfKeysIsEnforcedAndRaisingItOnlyAdds() throws {
        func denied(_ percent: Int) throws -> Set<Int> {
            let harness = try LimiterHarness("cap: 1/min by user enforce \(percent)%", maximumKeys: 2_000)
            var denied: Set<Int> = []
            for user in 0..<1_000 {
                _ = try harness.check("user=u\(user)")
                if try harness.check("user=u\(user)").verdict == .deny { denied.insert(user) }
            }
            return denied
        }
        let (none, ten, half, all) = (try denied(0), try denied(10), try denied(50), try denied(100))
        #expect(none.isEmpty)
        #expect(abs(ten.count - 100) < 40)
        #expect(abs(half.count - 500) < 80)
        #expect(ten.isSubset(of: half))
        #expect(all.count == 1_000)
    }

    @Test func enforcementCanBeTurnedToShadowAndOff() throws {
        let shadow = try LimiterHarness("default: 1/min by ip; no: deny when path=/x", enforcement: .shadow)
        #expect(try shadow.allowed(3, "ip=192.0.2.1") == 3)
        let decision = try shadow.check("ip=192.0.2.1")
        #expect(decision.state == .shadow)
        #expect(decision.reason == .rate)
        #expect(decision.status == 200)
        #expect(decision.retryAfterMicroseconds == 60_000_000)
        #expect(!decision.ticket.isNone)
        #expect(try shadow.check("path=/x").reason == .blocked)
        #expect(shadow.cells() == ["0/admitted/////": Totals(calls: 5, units: 5)])
        let off = try LimiterHarness("default: 1/min by ip", enforcement: .off)
        #expect(try off.allowed(3, "ip=192.0.2.1") == 3)
        #expect(try off.check("ip=192.0.2.1").state == .shadow)
        #expect(off.limiter.keyCount == 0)
        #expect(off.cells() == ["0/admitted/////": Totals(calls: 4, units: 4)])
    }

    /// Over any interval the limiter admits what one central bucket would have, exactly; so the envelope holds, too.
    @Test(arguments: 1...20)
    func whatIsAdmittedIsOneCentralBucket(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        let capacity = [1, 5, 20, 100].randomElement(using: &random) ?? 1
        let rate = [1, 7, 50, 1000].randomElement(using: &random) ?? 1
        let harness = try LimiterHarness("default: \(rate)/s burst \(capacity) by ip; other: 3/s by user")
        var level = Int64(capacity) * 1_000_000
        var at = harness.now.microseconds
        for _ in 0..<500 {
            harness.pass(microseconds: Int64.random(in: 0...200_000, using: &random))
            let cost = Int64.random(in: 0...Int64(capacity), using: &random)
            level = min(Int64(capacity) * 1_000_000, level + Int64(rate) * (harness.now.microseconds - at))
            at = harness.now.microseconds
            // Now and then the other rule refuses, which must take nothing from this one.
            let isRefusedElsewhere = Bool.random(using: &random)
            let other = isRefusedElsewhere ? " user=greedy\(seed)" : ""
            let decision = try harness.check("ip=192.0.2.1" + other, cost: UInt32(cost))
            if decision.verdict == .allow {
                try #require(level >= cost * 1_000_000)
                level -= cost * 1_000_000
            } else if !isRefusedElsewhere {
                try #require(level < cost * 1_000_000)
            }
        }
    }
}

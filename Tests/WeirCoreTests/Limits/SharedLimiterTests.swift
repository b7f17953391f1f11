import Testing
import WeirCore

/// Limits whose tokens come from a shared store: which checks wait, what they are told, and who decides while the store is away.
@Suite struct SharedLimiterTests {
    private func shared(_ policy: String, leases: Int = 100, enforcement: Enforcement = .on) throws -> (
        LimiterHarness, SharedStoreHarness
    ) {
        let harness = try LimiterHarness(policy, enforcement: enforcement, leases: leases)
        return (harness, SharedStoreHarness(harness))
    }

    @Test func aCheckWithoutALeaseWaitsAndPassesWhenTheStoreHasGranted() throws {
        let (harness, store) = try shared("all: 10/s by ip")
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
        #expect(harness.cells().isEmpty, "nothing is counted of what is not decided")
        let isUrgent = harness.limiter.shared.isUrgent
        #expect(isUrgent)
        let asked = store.collect()
        #expect(asked.map(\.ask.need) == [1])
        #expect(asked.map(\.ask.amount) == [10])
        store.answer(.lost, granted: 3, level: 7)
        let decision = try harness.check("ip=10.0.0.1")
        #expect(decision.verdict == .allow && decision.state == .shared && decision.remaining == 9)
        #expect(try harness.allowed(2, "ip=10.0.0.1") == 2)
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
    }

    @Test func whatTheStoreRefusesIsDeniedUntilATokenCanExistAndASmallerRequestIsAskedFor() throws {
        let (harness, store) = try shared("all: 10/s by ip")
        #expect(try harness.check("ip=10.0.0.1", cost: 5).isWaiting)
        store.collect()
        store.answer(.lost, retry: 40_000)
        let denied = try harness.check("ip=10.0.0.1", cost: 5)
        #expect(denied.verdict == .deny && denied.reason == .rate && denied.status == 429)
        #expect(denied.retryAfterMicroseconds == 40_000)
        #expect(try harness.check("ip=10.0.0.1", cost: 4).isWaiting)
        harness.limiter.shared.unparkAll()
        harness.pass(milliseconds: 40)
        #expect(try harness.check("ip=10.0.0.1", cost: 5).isWaiting)
    }

    @Test func whoWasGivenTheLastOfItIsNotAskedForAgainBeforeTwentyMilliseconds() throws {
        let (harness, store) = try shared("all: 10/s by ip")
        #expect(try harness.check("ip=10.0.0.1", cost: 5).isWaiting)
        store.collect()
        store.answer(.lost, granted: 5, level: 0)
        #expect(try harness.check("ip=10.0.0.1", cost: 5).verdict == .allow)
        let denied = try harness.check("ip=10.0.0.1")
        #expect(denied.verdict == .deny && denied.reason == .rate)
        #expect(denied.retryAfterMicroseconds > 0 && denied.retryAfterMicroseconds <= 20_000)
        harness.pass(milliseconds: 20)
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
    }

    @Test func aLeaseInUseIsRenewedBeforeItEndsThoughThereIsPlenty() throws {
        let (harness, store) = try shared("all: 1000/s burst 1000000 by ip")
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
        store.collect()
        store.answer(.lost, granted: 1_000, level: 900_000)
        // A look every five milliseconds, as the exchange does, and a millisecond until the answer.
        for millisecond in 0..<6_000 {
            #expect(try !harness.check("ip=10.0.0.1").isWaiting, "at \(millisecond) ms")
            harness.pass(milliseconds: 1)
            if millisecond % 5 == 0 { store.collect() }
            if millisecond % 5 == 1 {
                while !store.requests.isEmpty { store.answer(granted: 1_000, level: 900_000) }
            }
        }
    }

    @Test func nobodyOvertakesACheckThatWaitsForTheSameKey() throws {
        let (harness, store) = try shared("all: 10/s by ip")
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
        store.collect()
        store.answer(.lost, granted: 2, level: 8)
        #expect(try harness.check("ip=10.0.0.1", cost: 5).isWaiting)
        #expect(try harness.check("ip=10.0.0.1").isWaiting, "though two tokens are in hand")
        #expect(try harness.check("ip=10.0.0.2").isWaiting, "another key")
        harness.limiter.shared.unparkAll()
        #expect(try harness.check("ip=10.0.0.1").verdict == .allow)
    }

    @Test func aLimitThatIsDeniedDeniesAtOnceThoughAnotherWouldHaveToWait() throws {
        let (harness, store) = try shared("all: 10/s by ip; me: 5/s by user")
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
        store.collect()
        store.answer(.lost, retry: 50_000)
        #expect(try harness.check("ip=10.0.0.1 user=ann").verdict == .deny)
        #expect(try harness.check("user=ann").isWaiting)
    }

    @Test func whatWasLeasedForACheckThatIsRefusedStaysALease() throws {
        let (harness, store) = try shared("all: 10/s by ip; me: 5/s by user")
        #expect(try harness.check("ip=10.0.0.1 user=ann").isWaiting)
        #expect(store.collect().count == 2)
        store.answer(.lost, granted: 1)
        store.answer(.lost, retry: 50_000)
        #expect(try harness.check("ip=10.0.0.1 user=ann").verdict == .deny)
        #expect(try harness.check("ip=10.0.0.1").verdict == .allow)
    }

    @Test func whoMayNotWaitIsDeniedForOverloadWhileTheStoreAnswers() throws {
        let (harness, _) = try shared("all: 10/s by ip")
        let late = try harness.check("ip=10.0.0.1", mayWait: false)
        #expect(late.verdict == .deny && late.reason == .overload && late.status == 503)
        #expect(late.retryAfterMicroseconds > 0)
        #expect(harness.limiter.counters(of: 0).shared.overloaded == 1)
    }

    @Test func aRuleThatIsOnlyCountedNeverWaits() throws {
        let (harness, store) = try shared("all: 1/s by ip shadow")
        #expect(try harness.check("ip=10.0.0.1").verdict == .allow)
        store.grantAll()
        let (watching, other) = try shared("all: 1/s by ip", enforcement: .shadow)
        #expect(try watching.check("ip=10.0.0.1").verdict == .allow)
        _ = other
    }

    @Test func aPeekWaitsForNobodyAndTakesNothing() throws {
        let (harness, store) = try shared("all: 10/s by ip")
        #expect(try harness.check("ip=10.0.0.1", peek: true).verdict == .allow)
        #expect(store.collect().isEmpty)
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
        store.collect()
        store.answer(.lost, granted: 1, level: 4)
        #expect(try harness.check("ip=10.0.0.1", peek: true).remaining == 5)
        #expect(try harness.check("ip=10.0.0.1", peek: true).remaining == 5)
        #expect(try harness.check("ip=10.0.0.1").verdict == .allow)
    }

    // MARK: Outages

    /// Lets the store be away: what was asked has had no answer for long enough.
    private func lose(_ harness: LimiterHarness, _ store: SharedStoreHarness) {
        for tag in 0..<LeaseEntry.tags { harness.limiter.shared.asked(tag: tag, now: harness.now.microseconds) }
        harness.pass(milliseconds: 100)
        store.loseAll()
    }

    @Test func withoutTheStoreWhatIsLeasedIsSpentAndThenTheRuleSaysWhatHappens() throws {
        for (outage, allowed) in [("deny", 0), ("allow", 50)] {
            let (harness, store) = try shared("all: 10/s by ip else \(outage) on outage")
            #expect(try harness.check("ip=10.0.0.1").isWaiting)
            store.collect()
            store.answer(.lost, granted: 3)
            lose(harness, store)
            #expect(try harness.allowed(53, "ip=10.0.0.1") == 3 + allowed)
            let last = try harness.check("ip=10.0.0.1")
            #expect(last.state == .alone && !last.isWaiting)
            #expect(last.retryAfterMicroseconds > 0 || allowed > 0)
        }
    }

    @Test func aloneAnAgentHasAShareThatStartsEmptyAndTheStoreHearsOfIt() throws {
        let (harness, store) = try shared("all: 40/s by ip")
        store.says(fleet: 4)
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
        store.collect()
        lose(harness, store)
        #expect(try harness.allowed(5, "ip=10.0.0.1") == 0, "the share starts empty")
        // A quarter of 40/s, by a clock that may be a tenth fast: 9 in a second.
        harness.pass(milliseconds: 1_000)
        lose(harness, store)
        let allowed = try harness.allowed(40, "ip=10.0.0.1")
        #expect((8...10).contains(allowed), "\(allowed)")
        store.says(fleet: 4)
        store.collect()
        harness.pass(milliseconds: 2_000)
        let asks = store.collect().map(\.ask)
        #expect(asks.contains { $0.extra == Int64(allowed) }, "\(asks)")
    }

    @Test func inAFreezeTheOutagePolicyDecidesUntilTheThaw() throws {
        let (harness, store) = try shared("all: 10/s by ip else deny on outage")
        store.says(thaw: 500_000)
        let denied = try harness.check("ip=10.0.0.1")
        #expect(denied.verdict == .deny && denied.state == .alone && denied.retryAfterMicroseconds == 500_000)
        harness.pass(milliseconds: 500)
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
    }

    @Test func aDenialOfAFrozenStoreIsNoDenial() throws {
        let (harness, store) = try shared("all: 10/s by ip else allow on outage")
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
        store.collect()
        store.answer(.frozen, retry: 1_500_000)
        store.says(thaw: 1_500_000)
        let open = try harness.check("ip=10.0.0.1")
        #expect(open.verdict == .allow && open.state == .alone, "the outage policy decides")
        harness.pass(milliseconds: 1_500)
        #expect(try harness.check("ip=10.0.0.1").verdict == .allow || harness.check("ip=10.0.0.1").isWaiting)
    }

    @Test func whatAFrozenStoreSaidIsForgottenWhenItIsAway() throws {
        let (harness, store) = try shared("all: 10/s by ip else allow on outage")
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
        store.collect()
        store.answer(.frozen, retry: 1_500_000)
        lose(harness, store)
        let decision = try harness.check("ip=10.0.0.1")
        #expect(decision.verdict == .allow && decision.state == .alone)
    }

    @Test func aKeyWhoseCallHasNoAnswerIsAloneThoughOthersAreAnswered() throws {
        let (harness, store) = try shared("all: 10/s by ip else allow on outage")
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
        store.collect()
        harness.pass(milliseconds: 100)
        store.says()
        #expect(try harness.check("ip=10.0.0.1").state == .alone)
        #expect(try harness.check("ip=10.0.0.2").isWaiting)
    }

    // MARK: Windows

    @Test func aWindowSaysWhichItIsAndItsTotalAndTheNextIsAnother() throws {
        let (harness, store) = try shared("all: quota 10/h by ip")
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
        let first = try #require(store.collect().first)
        #expect(first.ask.kind == .window)
        #expect(first.ask.numerator == harness.now.wallMicroseconds)
        #expect(first.ask.per == harness.now.wallMicroseconds + 3_600_000_000)
        store.answer(.lost, granted: 4, life: 10_000_000)
        #expect(try harness.allowed(3, "ip=10.0.0.1") == 3)
        harness.pass(milliseconds: 6_000)
        #expect(store.collect().map(\.ask.spent) == [3])
        store.answer(.held, life: 10_000_000)
        harness.pass(milliseconds: 3_600_000)
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
        let next = try #require(store.collect().first { $0.ask.need > 0 })
        #expect(next.ask.spent == 0 && next.key != first.key && next.ask.numerator == first.ask.per)
    }

    @Test func whereRoomIsShortAWindowSaysItsLastWordAndBeginsUnderAnotherName() throws {
        let (harness, store) = try shared("all: 10/day by ip", leases: 64)
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
        let name = try #require(store.collect().first).name
        store.answer(.lost, granted: 1, life: 10_000_000)
        #expect(try harness.allowed(1, "ip=10.0.0.1") == 1)
        harness.pass(milliseconds: 2_000)
        store.collect()
        store.answer(.held, life: 10_000_000)
        harness.pass(milliseconds: 3_600_000)
        #expect(store.collect().isEmpty, "there is room")
        for number in 0..<60 { #expect(try harness.check("ip=10.0.1.\(number)").isWaiting) }
        let last = try #require(store.collect().first { $0.ask.extra == 1 })
        #expect(last.ask.spent == 1 && last.ask.back == 0 && last.name == name)
        while !store.requests.isEmpty { store.answer(.held) }
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
        let again = try #require(store.collect().first { $0.key == last.key })
        #expect(again.ask.spent == 0 && again.name != name)
    }

    @Test func aStoreThatHasForgottenIsToldOfEveryWindowBeforeItGrantsAgain() throws {
        let (harness, store) = try shared("all: 10/day by ip; now: 5/s by user")
        for number in 0..<5 {
            #expect(try harness.check("ip=10.0.0.\(number)").isWaiting)
            store.collect()
            store.answer(.lost, granted: 2, life: 10_000_000)
            #expect(try harness.check("ip=10.0.0.\(number)").verdict == .allow)
        }
        harness.pass(milliseconds: 30_000)
        store.collect()
        while !store.requests.isEmpty { store.answer(.lost) }
        harness.pass(milliseconds: 30_000)
        #expect(store.collect().isEmpty, "all is told, and nobody asks")
        store.forgets(thaw: 1_500_000)
        let asks = store.collect().map(\.ask)
        #expect(asks.count == 5 && asks.allSatisfy { $0.kind == .window && $0.spent == 1 && $0.need == 0 })
        while !store.requests.isEmpty { store.answer(.frozen) }
        #expect(store.collect().isEmpty, "once")
    }

    // MARK: Changes

    @Test func loweringAnAmountBringsLeasesBackAtOnce() throws {
        let (harness, store) = try shared("all: 100/s by ip")
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
        store.collect()
        store.answer(.lost, granted: 50, level: 50)
        try harness.adopt("all: 10/s by ip")
        let ask = try #require(store.collect().first?.ask)
        #expect(ask.amount == 10 && ask.back == 50)
        let count = harness.limiter.shared.leaseCount
        #expect(count == 1)
    }

    @Test func aLimitThatIsGoneGivesEverythingBackAndIsForgotten() throws {
        let (harness, store) = try shared("all: 100/s by ip; other: 5/s by user")
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
        store.collect()
        store.answer(.lost, granted: 50)
        try harness.adopt("other: 5/s by user")
        #expect(store.collect().map(\.ask.back) == [50])
        store.answer(.held)
        harness.pass(milliseconds: 200)
        store.collect()
        let count = harness.limiter.shared.leaseCount
        #expect(count == 0)
    }

    @Test func anAgentThatStopsGivesEverythingBack() throws {
        let (harness, store) = try shared("all: 100/s by ip; day: 1000/day by ip")
        #expect(try harness.check("ip=10.0.0.1").isWaiting)
        store.collect()
        store.answer(.lost, granted: 9)
        store.answer(.lost, granted: 9)
        harness.limiter.shared.leave()
        let hasLeft = harness.limiter.shared.hasLeft
        #expect(!hasLeft)
        let asks = store.collect().map(\.ask)
        #expect(asks.contains { $0.kind == .bucket && $0.back == 9 && $0.need == 0 && $0.ahead == 0 })
        #expect(asks.contains { $0.kind == .window && $0.back == 0 && $0.extra == 1 })
        store.answer()
        store.answer()
        let isEmpty = harness.limiter.shared.hasLeft
        #expect(isEmpty)
    }

    // MARK: Room

    @Test func whatHasNoRoomCountsInTheLimitsOverflowEntry() throws {
        let (harness, store) = try shared("all: 10/s by ip", leases: 64)
        for number in 0..<64 { #expect(try harness.check("ip=10.0.1.\(number)").isWaiting) }
        store.grantAll()
        #expect(try harness.check("ip=10.0.2.1").isWaiting)
        let overflow = try #require(store.collect().first)
        store.answer(.lost, granted: 2, level: 8)
        #expect(try harness.check("ip=10.0.2.1").verdict == .allow)
        #expect(try harness.check("ip=10.0.2.2").verdict == .allow, "they share it")
        #expect(try harness.check("ip=10.0.2.3").isWaiting)
        #expect(store.collect().map(\.key) == [overflow.key])
        #expect(harness.limiter.counters(of: 0).overflowed == 2)
    }

    @Test func whatNobodyWouldMissMakesRoom() throws {
        let (harness, store) = try shared("all: 10/s by ip", leases: 64)
        for number in 0..<64 { #expect(try harness.check("ip=10.0.1.\(number)").isWaiting) }
        store.grantAll()
        for number in 0..<64 { #expect(try harness.check("ip=10.0.1.\(number)").verdict == .allow) }
        harness.pass(milliseconds: 200)
        store.grantAll()
        harness.pass(milliseconds: 200)
        store.grantAll()
        #expect(try harness.check("ip=10.0.2.1").isWaiting)
        #expect(store.collect().count == 1)
        #expect(harness.limiter.counters(of: 0).overflowed == 0)
    }
}

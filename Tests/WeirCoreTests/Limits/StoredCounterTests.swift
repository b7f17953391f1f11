import Testing
import WeirCore
import WeirTestSupport

/// Counters that outlive a run of the agent.
@Suite struct StoredCounterTests {
    private static let hour: Int64 = 3_600_000

    @Test func aSuccessorGoesOnWhereAKilledRunStopped() throws {
        let killed = try LimiterHarness("steady: 5/h by ip; daily: 7/day by user")
        #expect(try killed.allowed(3, "ip=192.0.2.1") == 3)
        #expect(try killed.allowed(4, "user=u") == 4)
        killed.pass(milliseconds: Self.hour / 5)
        let (next, forgotten) = try killed.successor()
        #expect(forgotten == 0)
        // One of three is made anew by now: three are left of five.
        #expect(try next.allowed(9, "ip=192.0.2.1") == 3)
        #expect(try next.allowed(9, "user=u") == 3)
        #expect(try next.allowed(9, "user=another") == 7)
    }

    @Test func afterARestartOfTheMachineWindowsReturnAndBucketsStartFull() throws {
        let before = try LimiterHarness("steady: 5/h by ip; daily: 7/day by user")
        #expect(try before.allowed(5, "ip=192.0.2.1") == 5)
        #expect(try before.allowed(4, "user=u") == 4)
        before.now.microseconds = 1_000
        let (next, _) = try before.successor(isSameBoot: false)
        #expect(try next.allowed(9, "ip=192.0.2.1") == 5)
        #expect(try next.allowed(9, "user=u") == 3)
    }

    /// The runtime directory may lie on a disk, and come back older than the journal; the amount may have changed between.
    @Test func ofTwoCountsOfAWindowTheHigherIsRight() throws {
        for (memory, journal, left) in [(3, 5, 2), (5, 3, 2), (3, 9, 0)] {
            let before = try LimiterHarness("daily: 7/day by user")
            #expect(try before.allowed(memory, "user=u") == memory)
            let stored = before.storedCounters().counters
            let window = try #require(before.unsealedWindows().first)
            let kept = WindowCount(
                key: window.key, end: window.end, amount: 10, used: Int64(journal), isOverflow: false)
            let counters = stored + [try #require(StoredCounter(kept))]
            for order in [counters, counters.reversed()] {
                let next = try LimiterHarness("daily: 7/day by user")
                #expect(next.limiter.restore(order, isSameBoot: true, now: next.now) == 0)
                #expect(try next.allowed(9, "user=u") == left)
            }
        }
    }

    @Test func aWindowThatIsOverIsNotTakenOver() throws {
        let before = try LimiterHarness("daily: 7/day by user")
        #expect(try before.allowed(7, "user=u") == 7)
        before.pass(milliseconds: 16 * Self.hour)
        let (next, _) = try before.successor()
        #expect(next.limiter.keyCount == 0)
        #expect(try next.allowed(9, "user=u") == 7)
    }

    @Test func anotherAmountOrPolicyKeepsWhatWasUsed() throws {
        let before = try LimiterHarness("daily: 7/day by user; steady: 5/h by ip")
        #expect(try before.allowed(4, "user=u") == 4)
        #expect(try before.allowed(5, "ip=192.0.2.1") == 5)
        let (next, _) = try before.successor("daily: 10/day by user")
        #expect(try next.allowed(9, "user=u") == 6)
        // The limit that is gone is remembered, should it come back.
        try next.adopt("daily: 10/day by user; steady: 5/h by ip")
        #expect(try next.allowed(9, "ip=192.0.2.1") == 0)
    }

    @Test func countersThatFindNoRoomAreCounted() throws {
        let before = try LimiterHarness("steady: 5/h by user", maximumKeys: 100)
        for index in 0..<100 { try before.check("user=u\(index)") }
        let (smaller, forgotten) = try before.successor(maximumKeys: 40)
        #expect(forgotten == 60)
        #expect(smaller.limiter.keyCount == 40)
        let (larger, none) = try before.successor(maximumKeys: 1_000)
        #expect(none == 0)
        #expect(larger.limiter.keyCount == 100)
    }

    @Test func theOverflowEntryIsTakenOverToo() throws {
        let before = try LimiterHarness("steady: 2/h by user", maximumKeys: 100)
        for index in 0..<102 { try before.check("user=u\(index)") }
        let (next, forgotten) = try before.successor()
        #expect(forgotten == 0)
        #expect(try next.check("user=late").verdict == .deny)
        #expect(next.limiter.keyCount == 100)
    }

    @Test func ofTwoCopiesOfAKeyTheFullerUseCounts() throws {
        // A kill while a slot was moved leaves it in two places.
        let before = try LimiterHarness("steady: 5/h by ip")
        #expect(try before.allowed(2, "ip=192.0.2.1") == 2)
        var counters = before.storedCounters().counters
        var older = counters[0]
        older.credit += older.terms.per
        counters.append(older)
        let next = try LimiterHarness("steady: 5/h by ip")
        #expect(next.limiter.restore(counters, isSameBoot: true, now: before.now) == 0)
        next.now = before.now
        #expect(try next.allowed(9, "ip=192.0.2.1") == 3)
    }

    @Test func aClockThatWentBackMakesNoTokens() throws {
        let before = try LimiterHarness("steady: 5/h by ip")
        #expect(try before.allowed(5, "ip=192.0.2.1") == 5)
        before.now.microseconds -= 500_000_000
        let (next, _) = try before.successor()
        #expect(try next.allowed(9, "ip=192.0.2.1") == 0)
    }

    /// Whatever became of the memory, it is read to its end, and what is left of it is sound.
    @Test(arguments: 1...4)
    func damagedMemoryIsLeftOut(_ seed: UInt64) throws {
        let before = try LimiterHarness("steady: 5/h by user; daily: 7/day by user", maximumKeys: 100)
        for index in 0..<50 { try before.check("user=u\(index)") }
        let whole = before.storedCounters()
        #expect(whole.counters.count == 100)
        #expect(whole.damaged == 0)
        var random = SeededRandom(seed)
        for _ in 0..<2_000 {
            before.counters[Int.random(in: 0..<before.counters.count, using: &random)] = UInt8.random(
                in: .min ... .max, using: &random)
        }
        let damaged = before.storedCounters()
        #expect(damaged.damaged > 0)
        let (next, _) = try before.successor()
        for index in 0..<60 {
            for _ in 0..<9 { try next.check("user=u\(index)") }
        }
        #expect(next.limiter.counters(of: 0).allowed <= 300)
        #expect(next.limiter.counters(of: 1).allowed <= 420)
    }

    // MARK: What the journal hears of

    @Test func eachWindowThatChangedIsSealedOnce() throws {
        let harness = try LimiterHarness("daily: 7/day by user; steady: 5/h by user")
        try harness.check("user=a")
        try harness.check("user=b", cost: 3)
        let windows = harness.unsealedWindows()
        #expect(windows.map(\.used).sorted() == [1, 3])
        #expect(windows.allSatisfy { $0.amount == 7 && $0.end == (500_000 + 16) * 3_600_000_000 })
        #expect(harness.unsealedWindows().isEmpty)
        try harness.check("user=a", peek: true)
        #expect(harness.unsealedWindows().isEmpty)
        try harness.check("user=a")
        #expect(harness.unsealedWindows().map(\.used) == [2])
        #expect(harness.limiter.unsealWindows(from: 0, scan: .max / 2) == nil)
        #expect(harness.unsealedWindows().count == 2)
        #expect(harness.limiter.unsealWindows(from: 0, scan: .max / 2) == nil)
        harness.pass(milliseconds: 16 * Self.hour)
        #expect(harness.unsealedWindows().isEmpty)
    }

    @Test func windowsComeBackFromWhatTheJournalKept() throws {
        let before = try LimiterHarness("daily: 7/day by user")
        #expect(try before.allowed(5, "user=u") == 5)
        let windows = before.unsealedWindows()
        let next = try LimiterHarness("daily: 7/day by user")
        let counters = windows.compactMap { StoredCounter($0) }
        #expect(next.limiter.restore(counters, isSameBoot: false, now: next.now) == 0)
        #expect(try next.allowed(9, "user=u") == 2)
        // The new journal hears of it, be it used again or not.
        let again = try LimiterHarness("daily: 7/day by user")
        _ = again.limiter.restore(counters, isSameBoot: false, now: again.now)
        #expect(again.unsealedWindows() == windows)
    }

    @Test func windowsAreWrittenAndReadBackInRecords() throws {
        let header = SegmentHeader(kind: .live, incarnation: Hash128(low: 1, high: 2), number: 1, created: 0, salt: 9)
        var encoder = RecordEncoder(salt: header.salt)
        let all = (0..<10_000).map { index in
            WindowCount(
                key: Hash128(low: UInt64(index), high: 7), end: 1_000_000 + Int64(index), amount: 100,
                used: Int64(index),
                isOverflow: index.isMultiple(of: 2))
        }
        for window in all { encoder.add(window) }
        var lower = all[50]
        lower.used = 3
        lower.amount = 40
        encoder.add(lower)
        #expect(!encoder.isEmpty)
        var stamp = RecordStamp(number: 1, wallMicroseconds: 0, monotonicMicroseconds: 0)
        let bytes = header.encoded + encoder.takeRecords(&stamp)
        #expect(encoder.isEmpty)
        let reader = try bytes.withBytes { bytes throws(SegmentError) in try SegmentReader(journal: bytes) }
        #expect(reader.windows.count == 10_000)
        #expect(reader.windows[all[9_999].key] == all[9_999])
        // What was used only grows; the amount is the latest.
        #expect(reader.windows[lower.key]?.used == 50)
        #expect(reader.windows[lower.key]?.amount == 40)
        let alone = try bytes.withBytes { bytes throws(SegmentError) in
            try SegmentReader(journal: bytes, isForWindows: true)
        }
        #expect(alone.windows == reader.windows)
        #expect(reader.damagedParts == 0)
    }
}

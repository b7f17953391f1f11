import Testing
import WeirCore

/// Limits that count what only a report tells: bytes, and answers by their status.
@Suite struct ReportedLimitTests {
    private func left(_ harness: LimiterHarness, _ words: String = "user=a") throws -> UInt64 {
        try harness.check(words, cost: 0, peek: true).remaining
    }

    @discardableResult
    private func report(
        _ harness: LimiterHarness, _ decision: Decision, status: UInt16 = 200, bytesIn: UInt64 = 0, bytesOut: UInt64 = 0
    ) -> ReportOutcome {
        harness.report(Report(ticket: decision.ticket, status: status, bytesIn: bytesIn, bytesOut: bytesOut))
    }

    /// Whether there may be more that is overdue.
    private func forget(_ harness: LimiterHarness, _ count: Int) -> Bool {
        harness.limiter.forgetUnreported(count, now: harness.now)
    }

    @Test func aCheckTakesNothingAndItsReportTakesTheBytes() throws {
        for limits in ["out: 1/h burst 1000 by user counting bytes_out", "out: 1000/day by user counting bytes_out"] {
            let harness = try LimiterHarness(limits)
            let check = try harness.check("user=a", cost: 70)
            #expect(check.verdict == .allow && check.remaining == 1_000, "\(limits)")
            #expect(try left(harness) == 1_000)
            #expect(report(harness, check, bytesIn: 77, bytesOut: 300) == .accepted)
            #expect(try left(harness) == 700)
            #expect(report(harness, check, bytesOut: 300) == .repeated)
            #expect(try left(harness) == 700)
        }
    }

    @Test func bytesInAndOutAreCountedApart() throws {
        let harness = try LimiterHarness(
            "in: 1000/day by user counting bytes_in; out: 2000/day by ip counting bytes_out")
        let check = try harness.check("user=a ip=192.0.2.1")
        report(harness, check, bytesIn: 400, bytesOut: 900)
        #expect(try left(harness) == 600)
        #expect(try left(harness, "ip=192.0.2.1") == 1_100)
    }

    @Test func aDebtDeniesUntilTheExactInstantAtWhichItIsPaid() throws {
        // A byte each millisecond.
        let harness = try LimiterHarness("out: 1000/s by user counting bytes_out")
        let check = try harness.check("user=a")
        report(harness, check, bytesOut: 1_500)
        let denied = try harness.check("user=a")
        #expect(denied.verdict == .deny && denied.reason == .rate && denied.remaining == 0)
        #expect(denied.retryAfterMicroseconds == 501_000)
        harness.pass(microseconds: 500_999)
        #expect(try harness.check("user=a").verdict == .deny)
        harness.pass(microseconds: 1)
        #expect(try harness.check("user=a").verdict == .allow)
    }

    @Test func aDebtIsOneFullBucketAtMostHoweverMuchIsReported() throws {
        let harness = try LimiterHarness("out: 1000/s by user counting bytes_out cost 1000000000")
        let checks = try (0..<4).map { _ in try harness.check("user=a") }
        for check in checks { report(harness, check, bytesOut: (1 << 62) - 1) }
        #expect(try harness.check("user=a").retryAfterMicroseconds == 1_001_000)
        harness.pass(milliseconds: 1_001)
        #expect(try harness.check("user=a").verdict == .allow)
    }

    @Test func aWindowThatIsSpentDeniesUntilItsEnd() throws {
        let harness = try LimiterHarness("out: 1000/day by user counting bytes_out")
        let (first, second) = (try harness.check("user=a"), try harness.check("user=a"))
        report(harness, first, bytesOut: 1_000)
        let denied = try harness.check("user=a")
        #expect(denied.reason == .quota && denied.retryAfterMicroseconds == 16 * 3_600_000_000)
        #expect(harness.unsealedWindows().map(\.used) == [1_000])
        report(harness, second, bytesOut: 500)
        #expect(harness.unsealedWindows().map(\.used) == [1_500])
        harness.pass(milliseconds: 16 * 3_600_000)
        #expect(try left(harness) == 1_000)
    }

    @Test func bytesOfARequestThatOutlivesItsWindowAreNotTheNextWindows() throws {
        let harness = try LimiterHarness("out: 1000/day by user counting bytes_out")
        let check = try harness.check("user=a")
        harness.pass(milliseconds: 16 * 3_600_000)
        #expect(try harness.check("user=a").verdict == .allow)
        report(harness, check, bytesOut: 900)
        #expect(try left(harness) == 1_000)
    }

    @Test func answersOfTheStatusesAreCountedAndOthersAreNot() throws {
        let harness = try LimiterHarness("fails: 3/h by ip counting answers 401|5xx")
        for (status, remaining) in [
            (200, 3), (401, 2), (403, 2), (499, 2), (500, 1), (402, 1), (599, 0),
        ] as [(UInt16, UInt64)] {
            let check = try harness.check("ip=192.0.2.1", cost: 9)
            #expect(check.verdict == .allow)
            report(harness, check, status: status)
            #expect(try left(harness, "ip=192.0.2.1") == remaining, "\(status)")
        }
        #expect(try harness.check("ip=192.0.2.1").reason == .rate)
        #expect(try harness.check("ip=192.0.2.2").verdict == .allow)
    }

    @Test func theRulesCostMultipliesWhatIsCounted() throws {
        let harness = try LimiterHarness(
            """
            out:   1000/day by user counting bytes_out cost 2 if path=/video/*, 0 if path=/free, 1
            fails: 10/day by ip counting answers 4xx cost 5
            """)
        let video = try harness.check("user=a path=/video/1")
        report(harness, video, bytesOut: 450)
        #expect(try left(harness) == 100)
        report(harness, try harness.check("user=a path=/free"), bytesOut: 5_000)
        #expect(try left(harness) == 100)
        report(harness, try harness.check("user=a path=/other"), bytesOut: 100)
        #expect(try harness.check("user=a path=/other").verdict == .deny)
        #expect(try harness.check("user=a path=/free").verdict == .allow, "what costs nothing needs nothing")
        let failure = try harness.check("ip=192.0.2.1")
        report(harness, failure, status: 404)
        #expect(try left(harness, "ip=192.0.2.1") == 5)
    }

    @Test func aRequestThatAnotherRuleRefusesIsNotCounted() throws {
        let harness = try LimiterHarness(
            "rate: 1/h by user; out: 1000/day by user counting bytes_out; fails: 1/day by user counting answers 500")
        let check = try harness.check("user=a")
        #expect(check.verdict == .allow)
        let refused = try harness.check("user=a")
        #expect(refused.verdict == .deny && refused.ticket.isNone)
        report(harness, check, status: 500, bytesOut: 100)
        // All or nothing the other way round: what the others would give stays.
        let other = try LimiterHarness("rate: 5/h by user; out: 100/day by user counting bytes_out")
        let first = try other.check("user=a")
        report(other, first, bytesOut: 100)
        #expect(try other.allowed(3, "user=a") == 0)
        try other.adopt("rate: 5/h by user")
        #expect(try other.allowed(9, "user=a") == 4)
    }

    @Test func aShadowRuleCountsAndNeverDenies() throws {
        let harness = try LimiterHarness("out: 100/day by user counting bytes_out shadow")
        let check = try harness.check("user=a")
        report(harness, check, bytesOut: 100)
        #expect(try harness.check("user=a").verdict == .allow)
        #expect(harness.limiter.counters(of: 0).shadowDenied == 1)
        #expect(harness.limiter.counters(of: 0).allowed == 1)
    }

    @Test func withoutAReportNothingIsCountedAndTheWaitingEnds() throws {
        let harness = try LimiterHarness("out: 100/day by user counting bytes_out")
        let checks = try (0..<3).map { _ in try harness.check("user=a") }
        #expect(harness.limiter.awaitedCheckCount == 3)
        harness.pass(microseconds: 59_999_999)
        #expect(!forget(harness, 100))
        #expect(harness.limiter.awaitedCheckCount == 3)
        harness.pass(microseconds: 1)
        #expect(forget(harness, 2), "there may be more")
        #expect(!forget(harness, 2))
        #expect(harness.limiter.awaitedCheckCount == 0 && harness.limiter.unreportedChecks == 3)
        #expect(report(harness, checks[0], bytesOut: 100) == .accepted)
        #expect(try left(harness) == 100)
    }

    @Test func whereThereIsNoRoomTheOldestIsForgottenAndNobodyIsDenied() throws {
        let harness = try LimiterHarness(
            "out: 1000/day by user counting bytes_out; now: 8 concurrent by ip", openChecks: 8)
        let checks = try (0..<20).map { _ in try harness.check("user=a") }
        #expect(checks.allSatisfy { $0.verdict == .allow })
        #expect(harness.limiter.awaitedCheckCount == 8 && harness.limiter.unreportedChecks == 12)
        for check in checks { report(harness, check, bytesOut: 10) }
        #expect(try left(harness) == 1_000 - 8 * 10)
        #expect(harness.limiter.awaitedCheckCount == 0)
        // Slots have room of their own.
        #expect(try harness.allowed(9, "ip=192.0.2.1") == 8)
    }

    @Test func aReservationLeavesSuchLimitsToTheirReport() throws {
        let harness = try LimiterHarness("rate: 1/h burst 100 by user; out: 1000/day by ip counting bytes_out")
        let check = try harness.check("user=a ip=192.0.2.1", cost: 60, reserve: true)
        #expect(harness.report(Report(ticket: check.ticket, status: 200, bytesOut: 250, cost: 10)) == .accepted)
        #expect(try left(harness) == 90)
        #expect(try left(harness, "ip=192.0.2.1") == 750)
        #expect(harness.open == 0 && harness.limiter.awaitedCheckCount == 0)
    }

    @Test func aKeyThatWasForgottenMeanwhileOwesAllTheSame() throws {
        let harness = try LimiterHarness("out: 1000/s by user counting bytes_out")
        let check = try harness.check("user=a")
        harness.pass(milliseconds: 10_000)
        harness.limiter.sweep(10_000, now: harness.now)
        #expect(harness.limiter.keyCount == 0)
        report(harness, check, bytesOut: 1_500)
        #expect(try harness.check("user=a").verdict == .deny)
    }

    @Test func anotherPolicyGoesOnWaitingForItsOwnLimits() throws {
        let harness = try LimiterHarness(
            "a: 1000/day by user counting bytes_out; b: 1000/day by ip counting bytes_out")
        let check = try harness.check("user=a ip=192.0.2.1")
        try harness.adopt("first: 5/h by plan; b: 2000/day by ip counting bytes_out")
        report(harness, check, bytesOut: 300)
        #expect(try left(harness, "ip=192.0.2.1") == 1_700)
    }

    // MARK: Without a ticket

    private func count(
        _ harness: LimiterHarness, _ words: String, _ response: ResponseFacts, isCall: Bool = false
    ) throws {
        let attributes = words.split(separator: " ").map { word -> (name: String, value: [UInt8]) in
            let parts = word.split(separator: "=", maxSplits: 1)
            return (String(parts[0]), Array(parts[1].utf8))
        }
        try CheckDraft(attributes: attributes).frame(id: 1).withBytes { bytes throws(WireError) in
            guard let header = try FrameHeader(reading: bytes) else { preconditionFailure("a whole frame") }
            _ = try harness.limiter.read(bytes, header)
            harness.limiter.report(response, isCall: isCall, in: bytes, now: harness.now)
        }
    }

    @Test func aResponseWithoutATicketIsCountedWhereItsCheckWouldBe() throws {
        let harness = try LimiterHarness(
            """
            shop:  route /shop/* of catalogue weight 3
            rate:  1/h by user
            calls: 1/h by user counting calls
            out:   1000/day by user counting bytes_out
            """)
        #expect(try harness.check("user=a consumer=acme path=/shop/x").verdict == .deny, "the weight is too much")
        try harness.adopt(
            """
            shop:  route /shop/* of catalogue weight 3
            rate:  3/h by user
            calls: 1/h by user counting calls
            out:   1000/day by user counting bytes_out
            """)
        #expect(try harness.check("user=a consumer=acme path=/shop/x").verdict == .allow)
        try count(
            harness, "user=a consumer=acme path=/shop/x",
            ResponseFacts(status: 201, bytesIn: 20, bytesOut: 300, cost: 9))
        let cells = harness.cells().filter { !$0.key.contains("denied") }
        #expect(
            cells == [
                "0/admitted/acme///catalogue/shop": Totals(calls: 1, units: 3),
                "0/2xx/acme///catalogue/shop": Totals(calls: 1, bytesIn: 20, bytesOut: 300),
            ])
        #expect(try left(harness, "user=a consumer=acme path=/elsewhere") == 0, "no token was taken, none given back")
        try harness.adopt("out: 1000/day by user counting bytes_out")
        #expect(try left(harness) == 700)
    }

    @Test func aResponseThatNobodyHasCheckedIsACall() throws {
        let harness = try LimiterHarness("rate: 1/h by user; shop: route /shop/* of catalogue weight 3")
        try count(harness, "user=a path=/shop/x", ResponseFacts(status: 404, bytesIn: 1, bytesOut: 2), isCall: true)
        try count(harness, "user=a path=/shop/x", ResponseFacts(status: 404, cost: 5), isCall: true)
        #expect(
            harness.cells() == [
                "0/admitted////catalogue/shop": Totals(calls: 2, units: 8),
                "0/resolved////catalogue/shop": Totals(calls: 2, units: 8),
                "0/4xx////catalogue/shop": Totals(calls: 2, bytesIn: 1, bytesOut: 2, units: 8),
            ])
        #expect(try left(harness) == 1)
    }

    @Test func limitsThatDoNotHoldForARequestCountNothingOfIt() throws {
        let harness = try LimiterHarness(
            """
            no:    deny when path=/secret
            free:  exempt when ip=192.0.2.0/24
            out:   1000/day by user counting bytes_out when method=GET
            big:   500/day by user counting bytes_out when plan=big replaces out
            """)
        let response = ResponseFacts(status: 200, bytesOut: 100)
        for words in ["user=a method=GET path=/secret", "user=a method=GET ip=192.0.2.9", "user=a method=PUT"] {
            try count(harness, words, response)
        }
        #expect(try left(harness, "user=a method=GET") == 1_000)
        try count(harness, "user=a method=GET plan=big", response)
        #expect(try left(harness, "user=a method=GET") == 1_000)
        #expect(try left(harness, "user=a plan=big") == 400)
    }

    // MARK: With a shared store

    private func shared(_ limits: String) throws -> (LimiterHarness, SharedStoreHarness) {
        let harness = try LimiterHarness(limits, leases: 100)
        return (harness, SharedStoreHarness(harness))
    }

    @Test func ofASharedLimitBytesAreTakenFromTheLeaseAndTheRestIsToldAsADebt() throws {
        let (harness, store) = try shared("out: 1000/s burst 5000 by user counting bytes_out")
        #expect(try harness.check("user=a").isWaiting)
        store.collect()
        #expect(store.requests[0].ask.need == 1 && store.requests[0].ask.spent == 0)
        store.answer(.held, granted: 400, level: 4_600)
        let check = try harness.check("user=a")
        #expect(check.verdict == .allow && check.state == .shared)
        #expect(try harness.check("user=a").verdict == .allow, "a check takes nothing")
        report(harness, check, bytesOut: 1_000)
        // Nothing is left in hand: whoever comes now asks the store, which hears of everything first.
        #expect(try harness.check("user=a").isWaiting)
        harness.pass(milliseconds: 30)
        store.collect()
        let ask = try #require(store.requests.first?.ask)
        #expect(ask.spent == 400 && ask.extra == 600 && ask.need == 1)
        store.answer(.held, granted: 0, retry: 250_000)
        let denied = try harness.check("user=a")
        #expect(denied.verdict == .deny && denied.retryAfterMicroseconds == 250_000)
        harness.pass(microseconds: 249_999)
        #expect(try harness.check("user=a").verdict == .deny)
        harness.pass(microseconds: 1)
        #expect(try harness.check("user=a").isWaiting)
    }

    @Test func ofASharedWindowWhatWasUsedIsToldInAll() throws {
        let (harness, store) = try shared("out: 10k/day by user counting bytes_out")
        #expect(try harness.check("user=a").isWaiting)
        store.collect()
        store.answer(.held, granted: 100, level: 9_900)
        let check = try harness.check("user=a")
        report(harness, check, bytesOut: 5_000)
        #expect(try harness.check("user=a").isWaiting)
        harness.pass(milliseconds: 30)
        store.collect()
        #expect(store.requests.first?.ask.spent == 5_000)
    }

    @Test func howeverManyChecksComeTheyWantNoMoreThanIsTaken() throws {
        let (harness, store) = try shared("fails: 100/h by ip counting answers 401")
        #expect(try harness.check("ip=192.0.2.1").isWaiting)
        store.collect()
        store.answer(.held, granted: 1, level: 99)
        for _ in 0..<500 {
            #expect(try harness.check("ip=192.0.2.1").verdict == .allow)
            harness.pass(microseconds: 100)
        }
        store.collect()
        #expect(store.requests.allSatisfy { $0.ask.ahead <= 1 })
    }

    @Test func aReportToALeaseThatWasForgottenIsTold() throws {
        let (harness, store) = try shared("out: 1000/s burst 5000 by user counting bytes_out")
        #expect(try harness.check("user=a").isWaiting)
        store.grantAll()
        let check = try harness.check("user=a")
        #expect(check.verdict == .allow)
        for _ in 0..<10 {
            harness.pass(milliseconds: 500)
            store.grantAll()
        }
        #expect(harness.limiter.shared.leaseCount == 0)
        report(harness, check, bytesOut: 700)
        harness.pass(milliseconds: 200)
        store.collect()
        #expect(store.requests.map(\.ask.extra) == [700])
    }

    @Test func whileTheStoreIsAwayTheShareOfTheOutagePolicyIsCharged() throws {
        let (harness, store) = try shared("out: 1000/s by user counting bytes_out else local on outage")
        #expect(try harness.check("user=a").isWaiting)
        store.collect()
        store.loseAll()
        harness.pass(milliseconds: 150)
        harness.limiter.shared.unparkAll()
        // Alone the share begins empty, and is made anew.
        #expect(try harness.check("user=a").verdict == .deny)
        harness.pass(milliseconds: 200)
        let check = try harness.check("user=a")
        #expect(check.verdict == .allow && check.state == .alone)
        report(harness, check, bytesOut: 600)
        #expect(try harness.check("user=a").verdict == .deny)
        harness.pass(milliseconds: 300)
        #expect(try harness.check("user=a").verdict == .deny)
        harness.pass(milliseconds: 400)
        #expect(try harness.check("user=a").verdict == .allow)
    }
}

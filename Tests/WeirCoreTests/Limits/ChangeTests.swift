import Testing
import WeirCore

/// What becomes of counters when amounts change: kept, begun anew, or in proportion.
@Suite struct ChangeTests {
    private func left(_ harness: LimiterHarness) throws -> UInt64 {
        try harness.check("user=ann", peek: true).remaining
    }

    @Test(arguments: [("", 50), (" on change keep", 50), (" on change reset", 100), (" on change proportional", 75)])
    func aBucketThatIsRaisedKeepsWhatTheRuleSays(_ clause: String, _ expected: UInt64) throws {
        // A bucket that makes one in an hour.
        let harness = try LimiterHarness("a: 1/h burst 200 by user\(clause)")
        #expect(try harness.check("user=ann", cost: 50).verdict == .allow)
        try harness.adopt("a: 1/h burst 100 by user\(clause)")
        #expect(try left(harness) == expected)
    }

    @Test func aWindowInProportionRoundsDownAndAnotherAmountOfTheSameIsNone() throws {
        let harness = try LimiterHarness("a: 3/day by user on change proportional")
        #expect(try harness.check("user=ann").verdict == .allow)
        try harness.adopt("a: 10/day by user on change proportional")
        #expect(try left(harness) == 6, "two thirds of ten")
        try harness.adopt("a: 10/day by user on change proportional answer 402")
        #expect(try left(harness) == 6)
    }

    @Test func whatIsOwedInProportionIsAtMostOneBucket() throws {
        let harness = try LimiterHarness("a: 3600/h burst 10 by user on change proportional")
        let ticket = try harness.check("user=ann", cost: 5, reserve: true).ticket
        _ = harness.report(Report(ticket: ticket, status: 200, cost: 20))
        try harness.adopt("a: 3600/h burst 20 by user on change proportional")
        #expect(try harness.check("user=ann").verdict == .deny)
        harness.pass(milliseconds: 20_000)
        #expect(try harness.check("user=ann", peek: true).verdict == .deny, "twenty are owed")
        harness.pass(milliseconds: 1_000)
        #expect(try harness.check("user=ann").verdict == .allow)
    }

    @Test func aSharedStoreRefusesProportions() throws {
        #expect(throws: PolicyRefusal.proportionalWhileShared(limit: "a")) {
            _ = try LimiterHarness("a: 1/s by user on change proportional", leases: 10)
        }
        let harness = try LimiterHarness("a: 1/s by user on change reset", leases: 10)
        #expect(throws: PolicyRefusal.proportionalWhileShared(limit: "a")) {
            try harness.adopt("a: 1/s by user on change proportional")
        }
    }

    @Test func whatMakesNoSenseIsRefused() throws {
        for (text, message) in [
            ("5/s on change", "keep, reset or proportional"), ("5/s on outage deny", "\"change\""),
            ("5 concurrent on change reset", "a slot in use stays in use"),
        ] {
            #expect { try PolicyParser.parse(text) } throws: { "\($0)".contains(message) }
        }
        #expect(try PolicyParser.parse("a: 5/s on change reset").map(\.description) == ["a: 5/s on change reset"])
    }
}

import Testing
import WeirCore

import WeirBench

/// What makes a row of a proof fail, and what is declared beside an excess.
@Suite struct ProofJudgeTests {
    /// Two agents, 200 and 400 a second, one second of load: the answers are what a test says.
    private let scenario = Scenario("a test") { ($0.agents, $0.seconds, $0.leastShare) = (2, 1, 0.95) }

    private func outcome(at milliseconds: Int64, _ verdict: Verdict = .allow, _ state: DecisionState = .shared)
        -> CheckOutcome
    {
        CheckOutcome(
            sentAt: milliseconds * 1_000_000 + 1, answeredAt: milliseconds * 1_000_000 + 500_001, verdict: verdict,
            reason: verdict == .allow ? .ok : .rate, state: state)
    }

    private func row(_ outcomes: [CheckOutcome], spent: [Int64], lost: Int = 0) -> ProofRow {
        let arrivals = outcomes.indices.map { Arrival(at: Int64($0) * 10_000, agent: Int32($0 % 2), key: 0) }
        let log = spent.enumerated().map { AdmissionRecord(key: 1, microseconds: Int64($0) * 10_000, tokens: $1) }
        var row = ProofRow(scenario, .deny, seed: 1)
        ProofJudge(scenario, .deny, arrivals, outcomes, startedAt: 0).fill(
            &row, MergedLog([(log, lost)]), forgotten: 0)
        return row
    }

    @Test func aRowWhoseAdmissionsAreAllThereAndWithinTheBoundHolds() {
        let row = row((0..<10).map { outcome(at: Int64($0) * 10) }, spent: Array(repeating: 1, count: 10))
        #expect(row.holds && row.admitted == 10 && row.central == 10 && row.over == 0, "\(row.failures)")
    }

    @Test func anExcessFails() {
        let row = row([outcome(at: 0)], spent: [201])
        #expect(row.over == 1 && row.failures.contains { $0.contains("1 tokens over the bound") }, "\(row.failures)")
    }

    @Test func aLogThatLacksSomethingProvesNothing() {
        #expect(!row([outcome(at: 0)], spent: [1], lost: 1).holds)
        #expect(!row([outcome(at: 0), outcome(at: 10)], spent: [1]).holds, "an answer that no log has")
        #expect(!row([], spent: []).holds, "nothing happened")
    }

    @Test func tooSmallAShareFails() {
        let outcomes = (0..<10).map { outcome(at: Int64($0) * 10, $0 < 9 ? .allow : .deny) }
        let row = row(outcomes, spent: Array(repeating: 1, count: 9))
        #expect(row.failures.count == 1 && row.failures[0].contains("0.9 of the central bucket"), "\(row.failures)")
    }

    @Test func recoveryIsFromTheLastStepToTheLastOfTheOutagePolicy() {
        let outcomes = (0..<100).map { outcome(at: Int64($0) * 10, .allow, (30..<50).contains($0) ? .alone : .shared) }
        let arrivals = outcomes.indices.map { Arrival(at: Int64($0) * 10_000, agent: 0, key: 0) }
        let judge = ProofJudge(scenario, .deny, arrivals, outcomes, startedAt: 0)
        var row = ProofRow(scenario, .deny, seed: 1)
        judge.judgeRecovery(&row, lifted: 300_000, calm: 0.3)
        #expect(row.holds && abs((row.recoverySeconds ?? 0) - 0.19) < 0.001)
        judge.judgeRecovery(&row, lifted: 300_000, calm: 0.6)
        #expect(!row.holds, "alone in the calm")
    }

    @Test func timeAloneIsWeighedByHowManyAre() {
        let none = AloneSpans([[(0, false), (1_000_000, false)], [(0, false)]])
        #expect(!none.wereAnyAlone && none.partialSeconds == 0)
        // One of two for a second, then both for a second.
        let some = AloneSpans([
            [(0, false), (1, true), (2_000_000, false)], [(1_000_000, false), (1_000_001, true), (2_000_000, false)],
        ])
        #expect(some.wereAllAlone && abs(some.partialSeconds - 0.5) < 0.001)
    }
}

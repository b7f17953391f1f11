import WeirCore

/// Judges what one run has left: the agents' logs against the bound, and the answers for what clients saw.
package struct ProofJudge {
    private let scenario: Scenario
    private let outage: OutageRule
    private let arrivals: [Arrival]
    private let outcomes: [CheckOutcome]
    private let startedAt: Int64

    package init(
        _ scenario: Scenario, _ outage: OutageRule, _ arrivals: [Arrival], _ outcomes: [CheckOutcome], startedAt: Int64
    ) {
        self.scenario = scenario
        self.outage = outage
        self.arrivals = arrivals
        self.outcomes = outcomes
        self.startedAt = startedAt
    }

    /// Microseconds since the start at which a request was answered.
    private func answeredAt(_ number: Int) -> Int64 { (outcomes[number].answeredAt - startedAt) / 1_000 }

    /// - Parameter forgotten: tokens that agents admitted which never come back.
    package func fill(_ row: inout ProofRow, _ log: MergedLog, forgotten: Int64) {
        row.offered = arrivals.count
        row.answered = outcomes.count { $0.isAnswered }
        row.late = outcomes.count { $0.isLate }
        row.admitted = log.tokens
        row.alone = log.aloneTokens
        row.over = log.tokensOver(scenario.bound)
        row.callsPerAgentKeySecond =
            Double(row.calls) / Double(scenario.agents * scenario.keys) / scenario.seconds
        row.central = central
        let times = outcomes.filter(\.isAnswered).map(\.nanoseconds).sorted()
        if !times.isEmpty {
            row.p50Microseconds = Double(times[times.count / 2]) / 1e3
            row.p99Microseconds = Double(times[min(times.count - 1, times.count * 99 / 100)]) / 1e3
        }
        declare(&row, forgotten: forgotten)
        judge(&row, log)
    }

    /// Tokens that one bucket would have admitted of what was sent.
    private var central: Int64 {
        var central = CentralBucket(scenario.bound)
        var lowered = scenario.lowered
        for (number, arrival) in arrivals.enumerated() where outcomes[number].sentAt != 0 {
            let time = (outcomes[number].sentAt - startedAt) / 1_000
            if let change = lowered, Double(time) >= change.at * 1e6 {
                central.change(to: change.bound, at: time)
                lowered = nil
            }
            central.ask(Int64(arrival.tokens), of: arrival.key, at: time)
        }
        return central.admitted
    }

    private func declare(_ row: inout ProofRow, forgotten: Int64) {
        row.declared = Double(scenario.residue)
        row.declaredReason = scenario.residueReason
        if !scenario.neverReturning.isEmpty {
            row.declared += Double(forgotten)
            row.declaredReason = "what the agents that never return had admitted"
        }
        guard outage == .local else { return }
        let spans = AloneSpans(answers)
        guard spans.wereAnyAlone else { return }
        let bound = scenario.bound
        // 2B + R·d when all are alone, + (k/N)·R·d while k of N are.
        row.declared += (spans.wereAllAlone ? Double(bound.capacity) : 0) + spans.partialSeconds * bound.perSecond
        row.declaredReason = spans.wereAllAlone ? "all alone: B" : "some alone"
        if spans.partialSeconds > 0 {
            row.declaredReason += " + R × \(Int(spans.partialSeconds * 1_000)) ms of k/N"
        }
    }

    /// Of each agent, whether its outage policy decided, in the order of time.
    private var answers: [[(at: Int64, isAlone: Bool)]] {
        var answers: [[(at: Int64, isAlone: Bool)]] = Array(repeating: [], count: scenario.agents)
        for number in outcomes.indices where outcomes[number].isAnswered {
            answers[Int(arrivals[number].agent)].append((answeredAt(number), outcomes[number].state == .alone))
        }
        for agent in answers.indices { answers[agent].sort { $0.at < $1.at } }
        return answers
    }

    private func judge(_ row: inout ProofRow, _ log: MergedLog) {
        if Double(row.over) > row.declared.rounded(.up) {
            row.failures.append("\(row.over) tokens over the bound, \(Int(row.declared.rounded(.up))) are declared")
        }
        if log.lost > 0 { row.failures.append("the logs lack \(log.lost) admissions: nothing is proved") }
        if log.overflowTokens > 0 { row.failures.append("\(log.overflowTokens) tokens of keys without a place") }
        // Answers of agents that were killed count too: a record is there before its answer leaves.
        var allowed: Int64 = 0
        for number in outcomes.indices where outcomes[number].isAllowed { allowed += Int64(arrivals[number].tokens) }
        if allowed > log.tokens {
            row.failures.append("clients were allowed \(allowed) tokens, the logs have \(log.tokens)")
        }
        if scenario.hasFault, !scenario.isUnfelt, !outcomes.contains(where: Self.isDisturbed) {
            row.failures.append("clients felt nothing of the fault: it did not come about")
        }
        if row.answered == 0 { row.failures.append("nothing was answered") }
        if row.admitted == 0 { row.failures.append("nothing was admitted") }
        if row.share < row.leastShare {
            row.failures.append("share \(row.share) of the central bucket, at least \(row.leastShare) is due")
        }
    }

    /// Holds what is asked of the store against what it may be asked, and says how long checks wait for it.
    ///
    /// - Parameters:
    ///   - leaseCalls: runs of the script for leases that the agents have asked for, without those that keep a tag's fence known.
    ///   - roundTrip: to the store and back, as the agents measure it, in microseconds; 0 where there is no store.
    ///   - pings: round trips of a connection that asks again at once, whose processes never sleep, in nanoseconds.
    package func judgeStore(_ row: inout ProofRow, leaseCalls: Double, roundTrip: Double, pings: [Int64]) {
        row.roundTripMicroseconds = roundTrip
        if scenario.waits, roundTrip > 0, !pings.isEmpty {
            let ping = Double(pings.sorted()[pings.count / 2]) / 1e3
            row.facts.append(
                "checks that wait: p50 \(Int(row.p50Microseconds)) µs, \(Self.tenths(row.p50Microseconds / roundTrip)) round trips of \(Int(roundTrip)) µs, as the agent measures its own; a PING on a connection that never rests takes \(Int(ping)) µs"
            )
        }
        guard scenario.mostCallsPerCheck > 0 else { return }
        let perCheck = leaseCalls / Double(max(1, row.answered))
        let perSecond = leaseCalls / Double(scenario.agents * scenario.keys) / scenario.seconds
        row.facts.append(
            "lease calls: \(Self.tenths(perSecond)) a second of each agent and key (at most \(Self.tenths(scenario.mostCallsPerSecond))), \(Self.tenths(perCheck * 1_000)) in a thousand checks (at most \(Self.tenths(scenario.mostCallsPerCheck * 1_000)))"
        )
        if perCheck > scenario.mostCallsPerCheck { row.failures.append("\(perCheck) lease calls by check") }
        if perSecond > scenario.mostCallsPerSecond { row.failures.append("\(perSecond) lease calls a second") }
    }

    private static func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

    /// Whether a request was not as it would have been without a fault.
    private static func isDisturbed(_ outcome: CheckOutcome) -> Bool {
        !outcome.isAnswered || outcome.isLate || outcome.state == .alone || outcome.nanoseconds > disturbing
    }

    /// Nanoseconds that no check takes without a fault.
    private static let disturbing: Int64 = 500_000_000

    /// - Parameters:
    ///   - lifted: microseconds since the start at which the last step of the fault was made.
    ///   - calm: seconds at the end in which nobody may be alone any more.
    package func judgeRecovery(_ row: inout ProofRow, lifted: Int64, calm: Double) {
        var last = lifted
        for number in outcomes.indices {
            if outcomes[number].state == .alone { last = max(last, answeredAt(number)) }
            let isExpected = !scenario.neverReturning.contains(Int(arrivals[number].agent))
            if isExpected, !outcomes[number].isAnswered { last = max(last, arrivals[number].at) }
        }
        let end = Int64((scenario.seconds - calm) * 1e6)
        guard last < end else {
            row.failures.append("outage policies still decide at the end, or nobody answers")
            return
        }
        let isAnswered = outcomes.indices.contains {
            answeredAt($0) > end && outcomes[$0].isAnswered && outcomes[$0].state == .shared
        }
        guard isAnswered else {
            row.failures.append("nobody shares at the end")
            return
        }
        row.recoverySeconds = Double(last - lifted) / 1e6
    }

    /// What was admitted after larger leases of before were over keeps the smaller bound.
    package func judgeLowered(_ row: inout ProofRow, _ later: MergedLog, _ bound: Bound) {
        let over = later.tokensOver(bound)
        if over > 0 { row.failures.append("\(over) tokens over the lowered bound, \(bound)") }
        if later.tokens == 0 { row.failures.append("nothing was admitted under the lowered bound") }
    }
}

import CLinux
import WeirCore

/// Runs scenarios and judges them.
package struct ProofRun: Sendable {
    private let programs: BenchPrograms
    private let progress: @Sendable (String) -> Void
    /// For how long larger leases of before may be spent behind a change of amounts, in seconds: a lease, and what telling takes.
    private static let settling = 1.5
    /// Seconds at the end of a run in which no outage policy may decide any more.
    private static let calm = 0.3

    package init(_ programs: BenchPrograms, progress: @escaping @Sendable (String) -> Void = { _ in }) {
        self.programs = programs
        self.progress = progress
    }

    /// One row; what cannot be run is one of its failures.
    package func run(_ scenario: Scenario, _ outage: OutageRule, seed: UInt64) throws(BenchFailure) -> ProofRow {
        progress("\(scenario.name), \(outage.rawValue)")
        var row = ProofRow(scenario, outage, seed: seed)
        do throws(BenchFailure) {
            try measure(scenario, outage, &row)
        } catch {
            try Interruption.check()
            row.failures.append("could not run: \(error)")
        }
        return row
    }

    private func measure(_ scenario: Scenario, _ outage: OutageRule, _ row: inout ProofRow) throws(BenchFailure) {
        let ground = try ProofGround(programs, scenario, outage)
        let arrivals = scenario.demand.arrivals(
            agents: scenario.agents, keys: scenario.keys, perSecond: scenario.load, seconds: scenario.seconds,
            seed: row.seed)
        var driver = DemandDriver(arrivals, sockets: ground.sockets, frames: ground.frames)
        let before = (calls: ground.calls(), leases: try ground.leaseCalls())
        let steps = scenario.steps.sorted { $0.at < $1.at }
        var done = 0
        let boot = linux_boot_microseconds()
        var doneAt: [Int64] = []
        try driver.run { elapsed throws(BenchFailure) in
            while done < steps.count, Double(elapsed) >= steps[done].at * 1e6 {
                try ground.make(steps[done].move)
                doneAt.append(linux_boot_microseconds() - boot)
                done += 1
            }
        }
        row.calls = ground.calls() - before.calls
        let logs = try ground.admissions()
        let log = MergedLog(logs)
        let judge = ProofJudge(scenario, outage, arrivals, driver.outcomes, startedAt: driver.startedAt)
        judge.fill(&row, log, forgotten: MergedLog(Array(logs[scenario.neverReturning])).tokens)
        if !scenario.hasFault {
            judge.judgeStore(
                &row, leaseCalls: try ground.leaseCalls() - before.leases, roundTrip: try ground.roundTrip(),
                pings: try ground.pings(200))
        }
        if done < steps.count { row.failures.append("only \(done) of \(steps.count) steps were made") }
        if let idle = ground.idleFault { row.failures.append(idle) }
        if let lifted = doneAt.last { judge.judgeRecovery(&row, lifted: lifted, calm: Self.calm) }
        if let lowered = scenario.lowered,
            let index = steps.firstIndex(where: { $0.at == lowered.at }), index < doneAt.count
        {
            let settled = boot + doneAt[index] + Int64(Self.settling * 1e6)
            judge.judgeLowered(&row, log.since(settled), lowered.bound)
        }
        if !row.holds {
            let name = "\(row.scenario), \(row.outage.rawValue)"
            if let path = ProofEvidence.keep(ground.logs(), name: name) { row.failures.append("agents' log: \(path)") }
        }
    }
}

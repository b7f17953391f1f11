import CLinux
import Glibc
import WeirCore

/// Agents and their store in a directory of their own, all of them ended with it.
final class ProofGround {
    let scenario: Scenario
    private let outage: OutageRule
    private let directory: BenchDirectory
    private let programs: BenchPrograms
    private var site: StoreSite?
    private let agentClock: MovedClock?
    private var agents: [FleetAgent] = []
    private let policyPath: String

    /// Starts everything, and waits until all agents share.
    init(_ programs: BenchPrograms, _ scenario: Scenario, _ outage: OutageRule) throws(BenchFailure) {
        try Interruption.check()
        self.programs = programs
        self.scenario = scenario
        self.outage = outage
        directory = try BenchDirectory()
        policyPath = try directory.write("policy", scenario.policy(outage))
        site =
            scenario.store == .none
            ? nil : try StoreSite(scenario.store, programs, in: "\(directory.memory)/store", scenario.storeOptions)
        agentClock = scenario.movesAgentClocks ? try MovedClock("\(directory.memory)/clock", programs) : nil
        for number in 0..<scenario.agents {
            let agent = try FleetAgent(
                programs, number: number, in: directory.memory, settings, agentClock?.environment ?? [:])
            agents.append(agent)
            try agent.start()
        }
        for agent in agents { try agent.waitUntilReady(shares: scenario.store != .none) }
    }

    deinit {
        // They write to the directory, which goes last.
        agents = []
        site = nil
    }

    private var settings: [String: String] {
        var settings = [
            "WEIR_POLICY": policyPath, "WEIR_COLD_START": "trust", "WEIR_STORE_BUDGET": "50ms",
            "WEIR_FLEET": "\(scenario.agents)",
        ]
        if let url = site?.url { settings["WEIR_REDIS_URL"] = url }
        return settings.merging(scenario.settings) { $1 }
    }

    var sockets: [String] { agents.map(\.socket) }

    /// A check for each key of the scenario.
    var frames: [[UInt8]] {
        (0..<scenario.keys).map { key in
            CheckDraft(attributes: [("ip", Array("192.0.\(key / 250).\(key % 250 + 1)".utf8))]).frame(id: 0)
        }
    }

    /// Runs of the lease script so far.
    func calls() -> Int { site?.calls() ?? 0 }

    /// Runs of the script for leases that the running agents have asked for.
    func leaseCalls() throws(BenchFailure) -> Double {
        var calls = 0.0
        for agent in agents { calls += try agent.metric("weir_store_calls_total") ?? 0 }
        return calls
    }

    /// Microseconds of a call to the store and back, as the agents measure it.
    func roundTrip() throws(BenchFailure) -> Double {
        var sum = 0.0
        for agent in agents { sum += try agent.metric("weir_store_round_trip_microseconds") ?? 0 }
        return sum / Double(max(1, agents.count))
    }

    /// Nanoseconds of a PING and its answer, each, one right behind the other; none where there is no store.
    func pings(_ count: Int) throws(BenchFailure) -> [Int64] {
        guard let talk = try site?.talk() else { return [] }
        var times: [Int64] = []
        for _ in 0..<count {
            let start = linux_monotonic_nanoseconds()
            try talk.ask(["PING"])
            times.append(linux_monotonic_nanoseconds() - start)
        }
        return times
    }

    /// What each agent has admitted.
    func admissions() throws(BenchFailure) -> [(records: [AdmissionRecord], lost: Int)] {
        var logs: [(records: [AdmissionRecord], lost: Int)] = []
        for agent in agents { logs.append(try agent.admissions()) }
        return logs
    }

    /// What an agent has to say, where a row went wrong.
    func logs() -> String {
        agents.enumerated().map { "agent \($0):\n\($1.log)" }.joined(separator: "\n")
    }

    /// What is to be said of a fault that has not come about: then nothing is proved.
    var idleFault: String? {
        site?.idleFault(
            scenario.steps.compactMap { step in
                if case .store(let move) = step.move { move } else { nil }
            })
    }

    // MARK: Faults

    func make(_ move: FaultMove) throws(BenchFailure) {
        switch move {
        case .killAgents(let range): for agent in agents[range] { agent.kill() }
        case .startAgents(let range): for agent in agents[range] { try agent.start() }
        case .signalAgents(let range, let number): for agent in agents[range] { agent.signal(number) }
        case .agentClocks(let seconds): agentClock?.move(seconds)
        case .lower(let perSecond, let burst):
            _ = try directory.write("policy", Scenario.policy("\(perSecond)/s burst \(burst)", outage))
            for agent in agents { agent.signal(SIGHUP) }
        case .store(let move): try site?.make(move)
        case .mended: break
        }
    }
}

import Glibc

/// Fleets without a fault, and agents that are killed, stopped and told to end.
extension Scenarios {
    // MARK: Without faults

    static let healthy: [Scenario] = [
        Scenario("1 agent, a hot key") {
            $0.agents = 1
            $0.leastShare = 0.95
        },
        Scenario("2 agents, a hot key") { $0.agents = 2 },
        Scenario("8 agents, a hot key") {
            $0.agents = 8
            $0.leastShare = 0.95
            $0.isShort = true
        },
        Scenario("8 agents, skewed, 8 keys") {
            ($0.agents, $0.keys, $0.demand, $0.load) = (8, 8, .skewed, 1_600)
            $0.isShort = true
        },
        Scenario("8 agents, bursty") { ($0.agents, $0.demand) = (8, .bursty) },
        Scenario("32 agents, a hot key") { $0.agents = 32 },
        Scenario("10 agents, 5/min") {
            ($0.agents, $0.tokens, $0.microseconds, $0.burst) = (10, 5, 60_000_000, 5)
            ($0.load, $0.seconds) = (40, 14)
        },
        Scenario("2 agents, 5,000 checks/s each of a hot key") {
            ($0.agents, $0.tokens, $0.burst, $0.load, $0.seconds) = (2, 40_000, 20_000, 10_000, 5)
            ($0.mostCallsPerCheck, $0.mostCallsPerSecond) = (0.01, 50)
        },
        Scenario("1 agent, keys that it has no lease of") {
            ($0.agents, $0.keys, $0.load, $0.waits) = (1, 4_000, 400, true)
            $0.settings["WEIR_MAX_LEASES"] = "8192"
        },
        Scenario("8 agents, a window") { ($0.agents, $0.window) = (8, 2_000) },
    ]

    // MARK: Agents

    static let agentFaults: [Scenario] = [
        Scenario("agents killed and started again") {
            $0.steps = [
                FaultStep(breaks, .killAgents(0..<2)), FaultStep(breaks + 0.5, .startAgents(0..<2)),
                FaultStep(breaks + 1.5, .killAgents(1..<3)), FaultStep(breaks + 1.6, .startAgents(1..<3)),
            ]
            $0.isShort = true
        },
        Scenario("agents killed, a window") {
            $0.window = 2_000
            $0.steps = [FaultStep(breaks, .killAgents(0..<2)), FaultStep(breaks + 0.5, .startAgents(0..<2))]
        },
        Scenario("agents stopped for two leases") {
            $0.steps = [
                FaultStep(breaks, .signalAgents(0..<2, SIGSTOP)), FaultStep(breaks + 2, .signalAgents(0..<2, SIGCONT)),
            ]
            $0.isShort = true
        },
        Scenario("agents told to end") {
            $0.steps = [
                FaultStep(breaks, .signalAgents(0..<2, SIGTERM)), FaultStep(breaks + 1.5, .startAgents(0..<2)),
            ]
        },
    ]
}

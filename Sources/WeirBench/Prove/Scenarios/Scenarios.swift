import Glibc

/// All scenarios of the proof.
package enum Scenarios {
    package static let all: [Scenario] =
        healthy + agentFaults + storeFaults + troubles + amounts + network + clocks + topologies

    /// Seconds into the load at which things break.
    static let breaks = 1.5

    // MARK: Without faults

    private static let healthy: [Scenario] = [
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

    private static let agentFaults: [Scenario] = [
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

    // MARK: The store

    private static let storeFaults: [Scenario] = [
        Scenario("Redis killed, restarted empty") {
            $0.steps = [FaultStep(breaks, .store(.kill)), FaultStep(breaks + 0.5, .store(.start([])))]
            $0.isShort = true
        },
        Scenario("Redis killed, restarted from an old snapshot") {
            $0.steps = [
                FaultStep(0.5, .store(.ask([["SAVE"]]))), FaultStep(breaks, .store(.kill)),
                FaultStep(breaks + 0.3, .store(.start([]))),
            ]
        },
        Scenario("Redis killed, restarted empty, a window") {
            $0.window = 2_000
            $0.steps = [FaultStep(breaks, .store(.kill)), FaultStep(breaks + 0.5, .store(.start([])))]
        },
        Scenario("Redis stopped") {
            $0.steps = [FaultStep(breaks, .store(.signal(SIGSTOP))), FaultStep(breaks + 1.5, .store(.signal(SIGCONT)))]
            $0.isShort = true
        },
        Scenario("FLUSHALL") { $0.steps = [FaultStep(breaks, .store(.ask([["FLUSHALL"]])))] },
        Scenario("SCRIPT FLUSH") { $0.steps = [FaultStep(breaks, .store(.ask([["SCRIPT", "FLUSH"]])))] },
    ]

    // MARK: A store that answers, and says no

    private static let troubles: [Scenario] = [
        Scenario("READONLY") {
            $0.steps = [
                FaultStep(breaks, .store(.ask([["REPLICAOF", "127.0.0.1", "1"]]))),
                FaultStep(breaks + 1, .store(.ask([["REPLICAOF", "NO", "ONE"]]))),
            ]
            $0.seconds = 8
        },
        Scenario("OOM") {
            $0.steps = [
                FaultStep(breaks, .store(.ask([["CONFIG", "SET", "maxmemory", "1"]]))),
                FaultStep(breaks + 1, .store(.ask([["CONFIG", "SET", "maxmemory", "0"]]))),
            ]
            $0.seconds = 10
        },
        Scenario("LOADING") {
            let filler = "for i = 1, 200 do redis.call('SET', 'filler' .. i, string.rep('x', 1000)) end"
            $0.steps = [
                FaultStep(0.5, .store(.ask([["EVAL", filler, "0"], ["SAVE"]]))), FaultStep(breaks, .store(.kill)),
                FaultStep(
                    breaks + 0.1,
                    .store(.start(["--key-load-delay", "7000", "--loading-process-events-interval-bytes", "1024"]))),
                FaultStep(breaks + 1.5, .mended),
            ]
            $0.seconds = 8
        },
        Scenario("BUSY") {
            $0.storeOptions = ["--busy-reply-threshold", "10"]
            $0.steps = [
                FaultStep(breaks, .store(.tell(["EVAL", "while true do end", "0"]))),
                FaultStep(breaks + 1, .store(.ask([["SCRIPT", "KILL"]]))),
            ]
        },
        Scenario("NOAUTH") {
            $0.steps = [
                FaultStep(
                    breaks,
                    .store(.ask([["CONFIG", "SET", "requirepass", "secret"], ["CLIENT", "KILL", "TYPE", "normal"]]))),
                FaultStep(breaks + 1, .store(.ask([["AUTH", "secret"], ["CONFIG", "SET", "requirepass", ""]]))),
            ]
            $0.seconds = 10
        },
    ]

    private static let amounts: [Scenario] = [
        Scenario("amount lowered under load") {
            $0.steps = [FaultStep(2, .lower(perSecond: 100, burst: 50))]
            $0.seconds = 7
            $0.isShort = true
        }
    ]

    // MARK: What lies between

    private static func network(_ name: String, _ mode: ProxyMode, isShort: Bool = false) -> Scenario {
        Scenario(name) {
            $0.store = .proxied
            $0.steps = [FaultStep(0.5, .store(.proxy(mode))), FaultStep(4, .store(.proxy(.clear)))]
            $0.seconds = 8
            $0.isShort = isShort
        }
    }

    private static let network: [Scenario] = [
        network("replies dropped after the command ran", .dropReplies(after: 20), isShort: true),
        network("calls delivered twice", .twice(milliseconds: 0)),
        network("calls delivered again 50 ms late", .twice(milliseconds: 50), isShort: true),
        network("calls delivered again 1.2 s late", .twice(milliseconds: 1_200)),
        network("requests 20 ms late", .delay(milliseconds: 20)),
    ]

    // MARK: Clocks

    private static func storeClock(_ name: String, _ seconds: Double, _ change: (inout Scenario) -> Void = { _ in })
        -> Scenario
    {
        Scenario(name) {
            $0.store = .clockedServer
            $0.steps = [FaultStep(breaks, .store(.clock(seconds)))]
            change(&$0)
        }
    }

    private static let clocks: [Scenario] = [
        storeClock("Redis's clock 5 s ahead", 5),
        storeClock("Redis's clock 0.2 s ahead", 0.2) {
            // A step that nobody can tell from drift: what time would have made in it, and leases that end so much sooner.
            $0.residue = $0.tokens / 5 + $0.burst
            $0.residueReason = "an unnoticed step of 0.2 s: R × 0.2 s + what is leased, at most B"
        },
        storeClock("Redis's clock 5 s back", -5) { $0.seconds = 10 },
        Scenario("agents' wall clocks an hour ahead, then back") {
            $0.movesAgentClocks = true
            $0.steps = [FaultStep(breaks, .agentClocks(3_600)), FaultStep(3, .agentClocks(-3_600))]
        },
    ]

    // MARK: More than one server

    private static let topologies: [Scenario] = [
        Scenario("failover by Sentinel, last writes lost") {
            $0.store = .sentinels
            // How long a deposed primary may go on: this one is killed, so not at all; the default would wait for ten seconds.
            $0.settings["WEIR_REDIS_DEPOSED"] = "500ms"
            $0.steps = [
                FaultStep(breaks, .store(.cutReplica)), FaultStep(breaks + 0.4, .store(.kill)),
            ]
            $0.seconds = 14
        },
        Scenario("cluster, no fault") { $0.store = .cluster },
        Scenario("cluster, slots move") {
            ($0.store, $0.keys, $0.load) = (.cluster, 8, 1_600)
            $0.steps = [FaultStep(breaks, .store(.openSlots)), FaultStep(breaks + 1, .store(.closeSlots))]
            $0.seconds = 8
        },
    ]
}

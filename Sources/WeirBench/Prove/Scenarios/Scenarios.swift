import Glibc

/// All scenarios of the proof.
package enum Scenarios {
    package static let all: [Scenario] = healthy + agentFaults + storeFaults + troubles + amounts

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
            $0.steps = [FaultStep(breaks, .killStore), FaultStep(breaks + 0.5, .startStore([]))]
            $0.isShort = true
        },
        Scenario("Redis killed, restarted from an old snapshot") {
            $0.steps = [
                FaultStep(0.5, .ask([["SAVE"]])), FaultStep(breaks, .killStore),
                FaultStep(breaks + 0.3, .startStore([])),
            ]
            $0.isShort = true
        },
        Scenario("Redis killed, restarted empty, a window") {
            $0.window = 2_000
            $0.steps = [FaultStep(breaks, .killStore), FaultStep(breaks + 0.5, .startStore([]))]
        },
        Scenario("Redis stopped") {
            $0.steps = [FaultStep(breaks, .signalStore(SIGSTOP)), FaultStep(breaks + 1.5, .signalStore(SIGCONT))]
            $0.isShort = true
        },
        Scenario("FLUSHALL") { $0.steps = [FaultStep(breaks, .ask([["FLUSHALL"]]))] },
        Scenario("SCRIPT FLUSH") { $0.steps = [FaultStep(breaks, .ask([["SCRIPT", "FLUSH"]]))] },
    ]

    // MARK: A store that answers, and says no

    private static let troubles: [Scenario] = [
        Scenario("READONLY") {
            $0.steps = [
                FaultStep(breaks, .ask([["REPLICAOF", "127.0.0.1", "1"]])),
                FaultStep(breaks + 1, .ask([["REPLICAOF", "NO", "ONE"]])),
            ]
            $0.seconds = 8
        },
        Scenario("OOM") {
            $0.steps = [
                FaultStep(breaks, .ask([["CONFIG", "SET", "maxmemory", "1"]])),
                FaultStep(breaks + 1, .ask([["CONFIG", "SET", "maxmemory", "0"]])),
            ]
            $0.seconds = 10
        },
        Scenario("LOADING") {
            let filler = "for i = 1, 200 do redis.call('SET', 'filler' .. i, string.rep('x', 1000)) end"
            $0.steps = [
                FaultStep(0.5, .ask([["EVAL", filler, "0"], ["SAVE"]])), FaultStep(breaks, .killStore),
                FaultStep(
                    breaks + 0.1,
                    .startStore(["--key-load-delay", "7000", "--loading-process-events-interval-bytes", "1024"])),
                FaultStep(breaks + 1.5, .mended),
            ]
            $0.seconds = 8
        },
        Scenario("BUSY") {
            $0.storeOptions = ["--busy-reply-threshold", "10"]
            $0.steps = [
                FaultStep(breaks, .tell(["EVAL", "while true do end", "0"])),
                FaultStep(breaks + 1, .ask([["SCRIPT", "KILL"]])),
            ]
            $0.isShort = true
        },
        Scenario("NOAUTH") {
            $0.steps = [
                FaultStep(
                    breaks, .ask([["CONFIG", "SET", "requirepass", "secret"], ["CLIENT", "KILL", "TYPE", "normal"]])),
                FaultStep(breaks + 1, .ask([["AUTH", "secret"], ["CONFIG", "SET", "requirepass", ""]])),
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
}

/// What lies between agents and store, their clocks, and stores of several servers.
extension Scenarios {
    // MARK: What lies between

    private static func network(_ name: String, _ mode: ProxyMode, isUnfelt: Bool = false, isShort: Bool = false)
        -> Scenario
    {
        Scenario(name) {
            $0.store = .proxied
            $0.steps = [FaultStep(0.5, .store(.proxy(mode))), FaultStep(4, .store(.proxy(.clear)))]
            $0.seconds = 8
            ($0.isUnfelt, $0.isShort) = (isUnfelt, isShort)
        }
    }

    static let network: [Scenario] = [
        network("replies dropped after the command ran", .dropReplies(after: 20), isShort: true),
        network("calls delivered twice", .twice(milliseconds: 0), isUnfelt: true),
        network("calls delivered again 50 ms late", .twice(milliseconds: 50), isUnfelt: true, isShort: true),
        network("calls delivered again 1.2 s late", .twice(milliseconds: 1_200)),
        network("requests 20 ms late", .delay(milliseconds: 20), isUnfelt: true),
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

    static let clocks: [Scenario] = [
        storeClock("Redis's clock 5 s ahead", 5),
        storeClock("Redis's clock 0.2 s ahead", 0.2) {
            $0.isUnfelt = true
            // A step that nobody can tell from drift: what time would have made in it, and leases that end so much sooner.
            $0.residue = $0.tokens / 5 + $0.burst
            $0.residueReason = "an unnoticed step of 0.2 s: R × 0.2 s + what is leased, at most B"
        },
        storeClock("Redis's clock 5 s back", -5) { $0.seconds = 10 },
        Scenario("agents' wall clocks an hour ahead, then back") {
            $0.movesAgentClocks = true
            $0.isUnfelt = true
            $0.steps = [FaultStep(breaks, .agentClocks(3_600)), FaultStep(3, .agentClocks(-3_600))]
        },
    ]

    // MARK: More than one server

    static let topologies: [Scenario] = [
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
            $0.isUnfelt = true
            $0.steps = [FaultStep(breaks, .store(.openSlots)), FaultStep(breaks + 1, .store(.closeSlots))]
            $0.seconds = 8
        },
    ]
}

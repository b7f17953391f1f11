import Glibc

/// How long warm checks take while something is broken, against the same agent, or its twin, where nothing is.
///
/// Pairs of runs in turns, at half of what the agent can do. Both of a pair are as old and have served as much.
package struct FaultRun: Sendable {
    /// New keys per second of the third fault.
    static let newKeyRate = 10_000.0
    /// Microseconds that each fdatasync of the second fault takes longer.
    static let stall = 500_000

    private static let shape = LoadShape(connections: 64, inFlight: 64)

    private let bench: Bench

    package init(_ bench: Bench) { self.bench = bench }

    package func run() throws(BenchFailure) -> FaultReport {
        FaultReport(
            collectorDown: try collectorDown(), fdatasyncStalled: try fdatasyncStalled(), newKeys: try newKeys(),
            storeStopped: try store("Redis stopped") { store, _ in store.signal(SIGSTOP) },
            storeSlow: try store("Redis 50 ms late") { _, proxy in proxy.become(.delay(milliseconds: 50)) },
            storeGone: try store("Redis gone") { store, _ in store.kill() })
    }

    /// Half of what an agent can do that nothing is wrong with: as it runs here, traced or not.
    private func halfOfSaturation(_ agent: AgentServer, mayRefuse: Bool) throws(BenchFailure) -> Double {
        var rates = Samples()
        for _ in 0..<min(3, bench.pace.faultRounds) {
            rates.add(
                try bench.closed(
                    agent.native, .checks, FloorRun.unpipelined, bench.span, mayRefuse: mayRefuse
                ).perSecond)
        }
        return (rates.median / 2).rounded()
    }

    private func agent(
        _ settings: [String: String] = [:], under wrapper: [String] = []
    ) throws(BenchFailure) -> AgentServer {
        try AgentServer(
            bench.programs, ["WEIR_LIMITS": RequestBook.policy].merging(settings) { $1 }, under: wrapper,
            processor: bench.processors.server)
    }

    /// Usage cannot be sent: nobody listens where the collector should be.
    private func collectorDown() throws(BenchFailure) -> FaultReport.Pair {
        let nobody = "http://127.0.0.1:\(try Exchange.freePort())"
        let (normal, broken) = (try agent(), try agent(["WEIR_COLLECTOR_URL": nobody, "WEIR_COLLECTOR_TOKEN": token]))
        let pair = try pair("collector down", normal, broken)
        guard try broken.metric("weir_flush_failures_total") ?? 0 > 0 else {
            throw BenchFailure("the collector was not missed: no flush failed")
        }
        return pair
    }

    /// Agents that send usage must have a token; nobody is there to read this one.
    private var token: String { String(repeating: "b", count: 43) }

    /// Each fdatasync takes half a second longer. Both agents are traced, for that one call only, so that what tracing
    /// costs is on both sides.
    private func fdatasyncStalled() throws(BenchFailure) -> FaultReport.Pair {
        let traced = [
            bench.programs.strace, "-f", "--seccomp-bpf", "-qqq", "-o", "/dev/null", "-e", "trace=fdatasync",
        ]
        let normal = try agent(under: traced)
        let broken = try agent(under: traced + ["-e", "inject=fdatasync:delay_enter=\(Self.stall)"])
        return try pair("fdatasync stalled", normal, broken)
    }

    /// Somebody else asks about keys that nobody has seen, on a connection of his own.
    private func newKeys() throws(BenchFailure) -> FaultReport.Pair {
        let agent = try agent()
        let flood = OpenLoop.Stream(.newKeys, LoadShape(connections: 1, inFlight: 1_024), rate: Self.newKeyRate)
        return try pair("10,000 new keys/s", agent, agent, beside: flood)
    }

    /// The rules of the load, for agents that share a store: each passes when the store is away.
    private static let sharedPolicy = RequestBook.policy.split(separator: "\n")
        .map { "\($0) else allow on outage" }.joined(separator: "\n")

    /// Two agents, each with a store of its own behind a proxy; one of the stores breaks when its agent is warm.
    private func store(
        _ name: String, _ breaks: (StoreServer, FaultProxy) -> Void
    ) throws(BenchFailure) -> FaultReport.Pair {
        let directory = try BenchDirectory()
        func shared(_ side: String) throws(BenchFailure) -> (AgentServer, StoreServer, FaultProxy) {
            let store = try StoreServer(
                bench.programs.redis, in: "\(directory.disk)/\(side)", environment: bench.programs.environment)
            try store.waitUntilServed()
            let socket = "\(directory.disk)/\(side).sock"
            let proxy = try FaultProxy(socket, store: store.socket)
            let agent = try agent([
                "WEIR_LIMITS": Self.sharedPolicy, "WEIR_REDIS_URL": "unix:\(socket)", "WEIR_COLD_START": "trust",
                // Who waits shall be seen to be late, not be denied.
                "WEIR_STORE_BUDGET": "200ms", "WEIR_MAX_WAITING": "65536",
            ])
            _ = try bench.closed(agent.native, .checks, FloorRun.unpipelined, bench.span, mayRefuse: true)
            return (agent, store, proxy)
        }
        // Servers go before the directory that they write to.
        defer { withExtendedLifetime(directory) {} }
        do {
            let (normal, normalStore, normalProxy) = try shared("normal")
            let (broken, brokenStore, brokenProxy) = try shared("broken")
            breaks(brokenStore, brokenProxy)
            let pair = try pair(name, normal, broken, mayRefuse: true)
            // Until now they had to be there.
            withExtendedLifetime((normalStore, normalProxy, brokenStore, brokenProxy)) {}
            return pair
        }
    }

    private func pair(
        _ name: String, _ normal: AgentServer, _ broken: AgentServer, beside: OpenLoop.Stream? = nil,
        mayRefuse: Bool = false
    ) throws(BenchFailure) -> FaultReport.Pair {
        bench.progress("\(name): what the agent can do")
        let rate = try halfOfSaturation(normal, mayRefuse: mayRefuse)
        var pair = FaultReport.Pair(perSecond: rate)
        let stream = OpenLoop.Stream(.checks, Self.shape, rate: rate)
        let span = LoadSpan(warmUp: bench.pace.warmUp, seconds: bench.pace.faultSeconds)
        for round in 1...bench.pace.faultRounds {
            bench.progress("\(name): \(round) of \(bench.pace.faultRounds)")
            for isNormal in round % 2 == 1 ? [true, false] : [false, true] {
                if isNormal {
                    pair.normal.add(try bench.open(normal.native, stream, span, mayRefuse: mayRefuse))
                } else {
                    pair.broken.add(try bench.open(broken.native, stream, beside: beside, span, mayRefuse: mayRefuse))
                }
            }
        }
        return pair
    }
}

/// What an agent takes before anybody asks it: memory and time to start.
struct FootprintRun {
    /// Limit keys of the two agents whose memory is compared: a power of two apart, as tables grow by those.
    static let keys = 16_384
    static let factor = 4

    private let bench: Bench

    init(_ bench: Bench) { self.bench = bench }

    func run() throws(BenchFailure) -> Footprint {
        var starts = Samples()
        for round in 1...bench.pace.starts {
            bench.progress("start to first decision: \(round) of \(bench.pace.starts)")
            starts.add(try AgentServer(bench.programs, processor: bench.processors.server).startMilliseconds)
        }
        bench.progress("memory at rest")
        let (small, resident) = try memory(keys: Self.keys)
        let (large, _) = try memory(keys: Self.keys * Self.factor)
        // The tables are what grows with the keys, wherever they lie; the rest is what an agent takes without any.
        let perKey = (large - small) / Double(Self.keys * (Self.factor - 1))
        return Footprint(
            startMilliseconds: starts, bytesWithoutTables: small - perKey * Double(Self.keys), bytesPerKey: perKey,
            residentBytes: resident)
    }

    private func memory(keys: Int) throws(BenchFailure) -> (own: Double, resident: Double) {
        let settings = ["WEIR_LIMITS": RequestBook.policy, "WEIR_MAX_KEYS": "\(keys)"]
        let agent = try AgentServer(bench.programs, settings, processor: bench.processors.server)
        let memory = try agent.memory()
        return (memory.anonymous + memory.shared, memory.resident)
    }
}

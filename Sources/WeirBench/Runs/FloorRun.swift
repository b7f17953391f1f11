/// The agent against the floor, in turns, on the same machine at the same time.
package struct FloorRun: Sendable {
    static let unpipelined = LoadShape(connections: 64, inFlight: 1)
    static let pipelined = LoadShape(connections: 8, inFlight: 16)
    /// Checks per second of the open loop.
    static let openRate = 20_000.0

    private let bench: Bench

    package init(_ bench: Bench) { self.bench = bench }

    package func run() throws(BenchFailure) -> FloorReport {
        let footprint = try FootprintRun(bench).run()
        bench.progress("Limiter.check, in process")
        let limiter = try LimiterRun(bench.pace).run()

        let server = bench.processors.server
        let agent = try AgentServer(bench.programs, processor: server)
        let echo = try FloorServer.echo(bench.programs, answer: try agent.answer(), processor: server)
        let stub = try FloorServer.http(bench.programs, processor: server)
        let single = try compare(echo, agent.native, agent, .checks, Self.unpipelined, "native")
        let deep = try compare(echo, agent.native, agent, .checks, Self.pipelined, "native")
        let http = try compare(stub, agent.http, agent, .questions, Self.unpipelined, "HTTP")
        let (open, openFloor) = try compareOpen(echo, agent)
        return FloorReport(
            closed64x1: single, closed8x16: deep, http64x1: http, open: open, openFloor: openFloor, limiter: limiter,
            footprint: footprint)
    }

    private func compare(
        _ floor: FloorServer, _ endpoint: Endpoint, _ agent: AgentServer, _ book: RequestBook, _ shape: LoadShape,
        _ door: String
    ) throws(BenchFailure) -> Comparison {
        var comparison = Comparison()
        for round in 1...bench.pace.alternations {
            bench.progress("\(door), \(shape) in flight: \(round) of \(bench.pace.alternations)")
            // Who is first changes, so that neither always follows the other.
            for isFloor in round % 2 == 1 ? [true, false] : [false, true] {
                if isFloor {
                    comparison.floor.add(
                        try bench.closed(floor.endpoint, book, shape, bench.span, server: floor.pid))
                } else {
                    comparison.agent.add(try bench.closed(endpoint, book, shape, bench.span, server: agent.pid))
                }
            }
        }
        return comparison
    }

    private func compareOpen(
        _ floor: FloorServer, _ agent: AgentServer
    ) throws(BenchFailure) -> (agent: Latencies, floor: Latencies) {
        var (mine, theirs) = (Latencies(), Latencies())
        let stream = OpenLoop.Stream(.checks, LoadShape(connections: 64, inFlight: 64), rate: Self.openRate)
        let rounds = min(bench.pace.alternations, 3)
        for round in 1...rounds {
            bench.progress("open loop, 20,000 checks/s: \(round) of \(rounds)")
            let span = LoadSpan(warmUp: bench.pace.warmUp, seconds: bench.pace.openSeconds)
            theirs.add(try bench.open(floor.endpoint, stream, span).latencies)
            mine.add(try bench.open(agent.native, stream, span).latencies)
        }
        return (mine, theirs)
    }
}

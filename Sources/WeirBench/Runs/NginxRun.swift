/// A real nginx with nothing before its site, with its own limiter, with a stub and with the agent, in turns.
package struct NginxRun: Sendable {
    static let connections = [1, 8, 64]

    private let bench: Bench

    package init(_ bench: Bench) { self.bench = bench }

    /// Nobody is kept on a processor: nginx, the agent and the load share them as they would.
    package func run() throws(BenchFailure) -> NginxReport {
        let bench = Bench(bench.programs, bench.pace, .any, progress: bench.progress)
        let agent = try AgentServer(bench.programs, processor: -1)
        let stub = try FloorServer.http(bench.programs, processor: -1)
        let nginx = try NginxServer(bench.programs, agent: agent.httpSocket, stub: stub.socket)
        var report = NginxReport()
        let span = LoadSpan(warmUp: bench.pace.warmUp, seconds: bench.pace.nginxSeconds)
        for connections in Self.connections {
            var row = NginxReport.Row(connections: connections)
            for round in 0..<bench.pace.nginxRounds {
                bench.progress("nginx, \(connections) connections: \(round + 1) of \(bench.pace.nginxRounds)")
                let doors = NginxDoor.allCases
                for index in doors.indices {
                    let door = doors[(index + round) % doors.count]
                    let result = try bench.closed(
                        nginx.endpoint(door), .pages, LoadShape(connections: connections, inFlight: 1), span)
                    row.add(result, door)
                }
            }
            report.rows.append(row)
        }
        let checks = try agent.metric("weir_checks_total{decision=\"allow\"}") ?? 0
        guard checks >= report.agentAnswers else {
            throw BenchFailure("nginx asked the agent \(Int(checks)) times for \(Int(report.agentAnswers)) requests")
        }
        return report
    }
}

/// Real web servers with nothing before their site, with their own limiter, with a stub and with the agent, in turns.
package struct WebRun: Sendable {
    static let connections = [1, 8, 64]

    private let bench: Bench
    private let servers: [WebServer]

    package init(_ bench: Bench, _ servers: [WebServer] = WebServer.allCases) {
        // Nobody is kept on a processor: server, agent and load share them as they would.
        self.bench = Bench(bench.programs, bench.pace, .any, progress: bench.progress)
        self.servers = servers
    }

    package func run() throws(BenchFailure) -> WebReport {
        var report = WebReport()
        for server in servers { try measure(server, &report) }
        return report
    }

    private func measure(_ server: WebServer, _ report: inout WebReport) throws(BenchFailure) {
        let agent = try AgentServer(bench.programs, processor: -1)
        let (stub, site) = try start(server, agent)
        let span = LoadSpan(warmUp: bench.pace.warmUp, seconds: bench.pace.webSeconds)
        let before = try allowed(agent)
        for connections in Self.connections {
            var row = WebReport.Row(server, connections: connections)
            for round in 0..<bench.pace.webRounds {
                bench.progress(
                    "\(server.rawValue), \(connections) connections: \(round + 1) of \(bench.pace.webRounds)")
                let doors = WebDoor.allCases
                for index in doors.indices {
                    let door = doors[(index + round) % doors.count]
                    let result = try bench.closed(
                        site.endpoint(door), .pages, LoadShape(connections: connections, inFlight: 1), span)
                    row.add(result, door)
                }
            }
            report.rows.append(row)
        }
        let checks = try allowed(agent) - before
        guard checks >= report.agentAnswers(server) else {
            throw BenchFailure(
                "\(server.rawValue) asked the agent \(Int(checks)) times for \(Int(report.agentAnswers(server))) requests"
            )
        }
        withExtendedLifetime(stub) {}
    }

    private func allowed(_ agent: AgentServer) throws(BenchFailure) -> Double {
        try agent.metric("weir_checks_total{decision=\"allow\"}") ?? 0
    }

    private func start(
        _ server: WebServer, _ agent: AgentServer
    ) throws(BenchFailure) -> (stub: FloorServer, site: any WebServerUnderLoad) {
        let programs = bench.programs
        switch server {
        case .nginx:
            let stub = try FloorServer.http(programs, processor: -1)
            return (stub, try NginxServer.asking(programs, agent: agent.httpSocket, stub: stub.socket))
        case .lua:
            let stub = try FloorServer.echo(programs, answer: try agent.answer(), processor: -1)
            return (stub, try LuaServers(programs, agent: agent.nativeSocket, stub: stub.socket))
        case .haproxy:
            let stub = try FloorServer.spoe(programs, processor: -1)
            return (stub, try HAProxyServer(programs, agent: agent.spoeSocket, stub: stub.socket))
        }
    }
}

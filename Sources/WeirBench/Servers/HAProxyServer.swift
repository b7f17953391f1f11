import Glibc

/// A real HAProxy with one thread before a small site of nginx's, with the shipped SPOE configuration to the agent and to a stub.
final class HAProxyServer: WebServerUnderLoad {
    private let directory: BenchDirectory
    private let child: ChildProcess
    private let ports: [WebDoor: UInt16]
    private let site: NginxServer

    /// - Parameters:
    ///   - agent: the agent's SPOE socket.
    ///   - stub: the stub's.
    init(_ programs: BenchPrograms, agent: String, stub: String) throws(BenchFailure) {
        directory = try BenchDirectory()
        site = try NginxServer(programs, parts: [.nothing: NginxServer.Part()])
        var ports: [WebDoor: UInt16] = [:]
        for door in WebDoor.allCases { ports[door] = try Exchange.freePort() }
        self.ports = ports
        let disk = directory.disk
        let main = try programs.shipped("haproxy/haproxy.cfg")
        let messages = try programs.shipped("haproxy/spoe-weir.cfg")
        // Who waits shall be seen to be late, not pass.
        let patient = messages.replacing("timeout processing 20ms", with: "timeout processing 1s")
        _ = try directory.write("agent.cfg", patient)
        _ = try directory.write("stub.cfg", patient.replacing("weir-agent", with: "weir-stub"))
        guard let block = Self.between("# ---- Weir begins", "# ---- Weir ends", in: main) else {
            throw BenchFailure("haproxy.cfg has no marks around what is Weir's")
        }
        func frontend(_ door: WebDoor, _ lines: String) -> String {
            "frontend \(door.rawValue)\n    bind 127.0.0.1:\(ports[door] ?? 0)\n\(lines)\n    default_backend app\n"
        }
        func weir(_ name: String) -> String {
            block.replacing("/etc/haproxy/spoe-weir.cfg", with: "\(disk)/\(name).cfg")
        }
        func backend(_ name: String, _ socket: String) -> String {
            """
            backend weir-\(name)
                mode tcp
                option spop-check
                timeout connect 100ms
                timeout server 3m
                server agent unix@\(socket) check inter 1s fall 1 rise 1

            """
        }
        let own = """
                stick-table type ip size 1k expire 10s store http_req_rate(1s)
                http-request track-sc0 src
                http-request deny deny_status 429 if { sc_http_req_rate(0) gt 10000000 }
            """
        let configuration = try directory.write(
            "haproxy.cfg",
            """
            global
                nbthread 1
                maxconn 4096
            defaults
                mode http
                timeout connect 5s
                timeout client 30s
                timeout server 30s
            \(frontend(.nothing, ""))
            \(frontend(.own, own))
            \(frontend(.stub, weir("stub")))
            \(frontend(.agent, weir("agent")))
            backend app
                server app 127.0.0.1:\(site.port(.nothing))
            \(backend("stub", stub))
            \(backend("agent", agent))
            """)
        child = try ChildProcess(
            [programs.haproxy, "-db", "-f", configuration], environment: programs.environment,
            log: "\(disk)/haproxy.log", processor: -1, home: directory)
        for door in WebDoor.allCases {
            let (running, place) = (child, endpoint(door))
            try Exchange.untilServed(by: running, "haproxy") { () throws(BenchFailure) in try place.probe() }
        }
    }

    func endpoint(_ door: WebDoor) -> Endpoint { .tcp(address: "127.0.0.1", port: ports[door] ?? 0) }

    /// The lines between two marks.
    private static func between(_ start: String, _ end: String, in text: String) -> String? {
        guard let first = text.firstRange(of: start), let last = text.firstRange(of: end),
            first.upperBound < last.lowerBound
        else { return nil }
        return String(text[first.upperBound..<last.lowerBound])
    }
}

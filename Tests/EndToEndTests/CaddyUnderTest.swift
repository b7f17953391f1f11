import Foundation
import Testing
import WeirTestSupport

/// A real Caddy with a shipped configuration, in front of a small site and of one that is broken, with a real agent behind it.
final class CaddyUnderTest {
    /// The files of `deploy/caddy`.
    enum Variant: String, CaseIterable, Sendable {
        case forwardAuth = "forward_auth"
        case open, closed

        /// What clients get without an agent.
        var statusWithoutAgent: [Int] {
            switch self {
            case .open: [200]
            case .closed: [503]
            case .forwardAuth: [502, 504]
            }
        }
    }

    let agent: AgentUnderTest
    let caddy: RunningProgram
    let port = freePort()
    /// Where the site behind Caddy is broken, and that site.
    let brokenPort = freePort()
    let broken: ClosingServer

    init(_ settings: [String: String], variant: Variant) throws {
        agent = try AgentUnderTest(settings)
        let directory = agent.directory
        let source = "\(Programs.repository)/deploy/caddy/\(variant.rawValue).caddy"
        let text = try String(contentsOfFile: source, encoding: .utf8)
        try directory.write("weir.caddy", text.replacingOccurrences(of: "/run/weir/http.sock", with: agent.httpSocket))
        let site = freePort()
        broken = try ClosingServer()
        func goOn(_ port: Int) -> String {
            variant == .open ? "import weir 127.0.0.1:\(port)" : "import weir\nreverse_proxy 127.0.0.1:\(port)"
        }
        try directory.write(
            "Caddyfile",
            """
            {
                admin off
                auto_https off
                default_bind 127.0.0.1
            }
            import \(directory.file("weir.caddy"))
            http://127.0.0.1:\(port) {
                \(goOn(site))
            }
            http://127.0.0.1:\(brokenPort) {
                \(goOn(broken.port))
            }
            http://127.0.0.1:\(site) {
                header X-Seen "{method} {uri} [{http.request.body}]"
                header X-Seen-Rule "{header.Weir-Rule} {header.Weir-Remaining}"
                respond /own403 "the site's own" 403
                respond /own429 "the site's own" 429
                respond /own502 "the site's own" 502
                respond "the site" 200
            }
            """)
        caddy = try RunningProgram(
            "caddy", ["run", "--config", directory.file("Caddyfile"), "--adapter", "caddyfile"],
            environment: ["XDG_DATA_HOME": directory.path, "XDG_CONFIG_HOME": directory.path], in: directory)
        let (port, caddy) = (port, caddy)
        let isUp = eventually { (try? ClientSocket(port: port)) != nil || !caddy.isRunning }
        try #require(isUp && caddy.isRunning, "\(caddy.log)")
    }

    func ask(
        _ method: String, _ path: String, _ headers: [String] = [], body: String? = nil,
        over client: ClientSocket? = nil,
        port: Int? = nil
    ) throws -> HTTPReply {
        let client = try client ?? ClientSocket(port: port ?? self.port)
        let length = body.map { ["Content-Length: \($0.utf8.count)"] } ?? []
        client.send(
            "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port ?? self.port)\r\n"
                + (headers + length).map { "\($0)\r\n" }.joined() + "\r\n" + (body ?? ""))
        return try #require(client.receiveResponse(), "\(caddy.log)")
    }

    func get(_ path: String, _ headers: [String] = [], over client: ClientSocket? = nil) throws -> HTTPReply {
        try ask("GET", path, headers, over: client)
    }
}

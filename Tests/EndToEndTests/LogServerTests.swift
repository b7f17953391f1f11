import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Real web servers that tell a real agent what became of their requests, by their access logs.
@Suite struct LogServerTests {
    /// What curl has seen of its requests: the answer's status, and bytes of heads and bodies.
    private struct Seen {
        var statuses: [Int] = []
        var bytesOut = 0
        var bytesOutOfBodies = 0
        var bytesIn = 0
        var bytesInOfBodies = 0

        mutating func get(_ url: String, _ arguments: [String] = [], in directory: TemporaryDirectory) throws {
            let format = "%{http_code} %{size_header} %{size_download} %{size_request} %{size_upload}"
            let curl = try RunningProgram(
                "/usr/bin/curl", ["-s", "-o", "/dev/null", "-w", format, url] + arguments, in: directory)
            try #require(curl.wait(seconds: 30) == 0)
            let numbers = curl.log.split(separator: " ").compactMap { Int($0) }
            try #require(numbers.count == 5, "\(curl.log)")
            statuses.append(numbers[0])
            bytesOut += numbers[1] + numbers[2]
            bytesOutOfBodies += numbers[2]
            bytesIn += numbers[3] + numbers[4]
            bytesInOfBodies += numbers[4]
        }
    }

    private static func file(_ path: String, _ agent: AgentUnderTest) throws -> String {
        try String(contentsOfFile: "\(Programs.repository)/deploy/\(path)", encoding: .utf8)
            .replacing("/run/weir/", with: agent.directory.file("run/"))
    }

    private static func waitForPort(_ port: Int, _ server: RunningProgram) throws {
        let isUp = eventually { (try? ClientSocket(port: port)) != nil || !server.isRunning }
        try #require(isUp && server.isRunning, "\(server.log)")
    }

    // MARK: nginx

    /// nginx with the shipped configuration in front of a site, and an agent.
    private final class Nginx {
        let agent: AgentUnderTest
        let nginx: RunningProgram
        let port = freePort()
        static let settings = ["WEIR_SOCKET_GROUP": "www-data"]

        init(_ limits: String) throws {
            agent = try AgentUnderTest(Self.settings.merging(["WEIR_LIMITS": limits]) { $1 })
            let directory = agent.directory
            for part in ["upstream.conf", "server.conf", "protect.conf", "usage.conf", "usage-location.conf"] {
                try directory.write(part, try LogServerTests.file("nginx/\(part)", agent))
            }
            try FileManager.default.createDirectory(atPath: directory.file("site"), withIntermediateDirectories: true)
            try directory.write("site/index.html", "the site\n")
            try directory.write("site/large", String(repeating: "0123456789abcde\n", count: 20_000))
            try directory.write(
                "nginx.conf",
                """
                daemon off;
                user www-data;
                worker_processes 1;
                pid \(directory.file("nginx.pid"));
                error_log \(directory.file("error.log"));
                events { worker_connections 256; }
                http {
                    access_log off;
                    client_body_temp_path \(directory.file("body"));
                    proxy_temp_path \(directory.file("proxy"));
                    fastcgi_temp_path \(directory.file("fastcgi"));
                    uwsgi_temp_path \(directory.file("uwsgi"));
                    scgi_temp_path \(directory.file("scgi"));
                    include \(directory.file("upstream.conf"));
                    include \(directory.file("usage.conf"));
                    server {
                        listen 127.0.0.1:\(port);
                        root \(directory.file("site"));
                        include \(directory.file("server.conf"));
                        location / {
                            include \(directory.file("protect.conf"));
                            include \(directory.file("usage-location.conf"));
                        }
                        location = /put {
                            include \(directory.file("protect.conf"));
                            include \(directory.file("usage-location.conf"));
                            proxy_pass http://127.0.0.1:\(port)/taken;
                        }
                        location = /taken { client_max_body_size 0; return 201 "taken\\n"; }
                    }
                }
                """)
            nginx = try RunningProgram(
                "nginx", ["-p", directory.path, "-c", directory.file("nginx.conf")], in: directory)
            try LogServerTests.waitForPort(port, nginx)
        }

        func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }
    }

    @Test func nginxTellsStatusAndBytesToTheByte() throws {
        let site = try Nginx("all: 1k/s by ip")
        let body = try site.agent.directory.write("upload", String(repeating: "x", count: 5_000))
        var seen = Seen()
        for (path, arguments) in [
            ("/", []), ("/large", []), ("/missing", []), ("/large?a=\"b\"", ["-r", "100-199"]), ("/put", ["-T", body]),
            ("/large", ["-H", "Authorization: Bearer a\"b\\c", "--compressed"]), ("/", ["-I"]),
        ] as [(String, [String])] {
            try seen.get(site.url(path), arguments, in: site.agent.directory)
        }
        #expect(seen.statuses == [200, 200, 404, 206, 201, 200, 200])
        #expect(try eventually { try LogTests.lines(site.agent, "accepted") == seen.statuses.count })
        let usage = try LogTests.Usage.of(site.agent)
        #expect(usage["admitted"]?.calls == seen.statuses.count && usage["resolved"]?.calls == seen.statuses.count)
        #expect(usage["2xx"]?.calls == 6 && usage["4xx"]?.calls == 1)
        #expect((usage["2xx"]?.bytesOut ?? 0) + (usage["4xx"]?.bytesOut ?? 0) == seen.bytesOut)
        #expect((usage["2xx"]?.bytesIn ?? 0) + (usage["4xx"]?.bytesIn ?? 0) == seen.bytesIn)
        #expect(try LogTests.lines(site.agent, "malformed") == 0)
    }

    @Test func behindNginxALimitOfBytesDeniesAndADeniedRequestIsNotCountedAgain() throws {
        let site = try Nginx("out: 500kB/day by ip counting bytes_out; missing: 2/day by ip counting answers 404")
        var seen = Seen()
        for number in 1...2 {
            try seen.get(site.url("/large"), in: site.agent.directory)
            #expect(try eventually { try LogTests.lines(site.agent, "accepted") == number })
        }
        try seen.get(site.url("/large"), in: site.agent.directory)
        #expect(seen.statuses == [200, 200, 429])
        let usage = try LogTests.Usage.of(site.agent)
        #expect(usage["admitted"]?.calls == 2 && usage["2xx"]?.calls == 2 && usage["4xx"] == nil)
        #expect(usage["denied-quota"]?.calls == 1)
        #expect(try LogTests.lines(site.agent, "attributed") == 0)
    }

    @Test func whenTheAgentIsRestartedNginxGoesOnTelling() throws {
        let site = try Nginx("all: 1k/s by ip")
        var seen = Seen()
        try seen.get(site.url("/"), in: site.agent.directory)
        #expect(try eventually { try LogTests.lines(site.agent, "accepted") == 1 })
        site.agent.program.kill()
        // Nobody is there: the request passes, and its line is lost.
        try seen.get(site.url("/"), in: site.agent.directory)
        let successor = try AgentUnderTest(Nginx.settings, in: site.agent.directory)
        // nginx finds the socket again by itself, at the latest with the second line.
        #expect(
            try eventually {
                try seen.get(site.url("/"), in: site.agent.directory)
                return try LogTests.lines(successor, "accepted") > 0
            })
        #expect(seen.statuses.allSatisfy { $0 == 200 })
    }

    // MARK: HAProxy

    @Test func haproxyTellsStatusAndBytes() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "all: 1k/s by ip", "WEIR_SOCKET_MODE": "0666"])
        let directory = agent.directory
        let port = freePort()
        try directory.write(
            "haproxy.cfg",
            """
            global
                log \(directory.file("run/log.sock")) len 8192 format raw local0
            defaults
                mode http
                timeout client 5s
                timeout server 5s
                timeout connect 1s
                option dontlognull
            frontend www
                bind 127.0.0.1:\(port)
                http-request set-var(txn.ticket) req.hdr(x-test-ticket)
                http-request set-var(txn.key) req.hdr(x-api-key)
                http-request set-var(txn.uri) url
                http-request set-var(txn.host) req.hdr(host)
                log global
                log-format '{"t":%{+Q}[var(txn.ticket)],"s":%ST,"in":%U,"out":%B,"k":%{+Q}[var(txn.key),json(utf8s)],"ip":"%ci","m":%{+Q}[var(txn.method),json(utf8s)],"u":%{+Q}[var(txn.uri),json(utf8s)],"h":%{+Q}[var(txn.host),json(utf8s)]}'
                http-request set-var(txn.method) method
                http-request return status 200 content-type text/plain string "hello hello hello"

            """)
        let haproxy = try RunningProgram(
            "/usr/sbin/haproxy", ["-db", "-f", directory.file("haproxy.cfg")], in: directory)
        try Self.waitForPort(port, haproxy)
        let check = try agent.check([("ip", "127.0.0.1")])
        let ticket = String(
            decoding: bytes(capacity: Ticket.textBytes) { check.ticket.writeText(to: &$0) }, as: UTF8.self)
        var seen = Seen()
        try seen.get(
            "http://127.0.0.1:\(port)/a?b=%22c", ["-H", "X-Test-Ticket: \(ticket)", "-H", "X-Api-Key: a\"b\\c"],
            in: directory)
        #expect(try eventually { try LogTests.lines(agent, "accepted") == 1 }, "\(agent.program.log)")
        // Bodies to the byte; heads as HAProxy keeps them, which is not as they were sent.
        let first = try #require(try LogTests.Usage.of(agent)["2xx"])
        #expect(abs(first.bytesOut - seen.bytesOut) < 16 && first.bytesOut > seen.bytesOutOfBodies)
        #expect(abs(first.bytesIn - seen.bytesIn) < 16)
        // Without a ticket nobody has checked it: the call is counted here.
        try seen.get("http://127.0.0.1:\(port)/x", in: directory)
        #expect(try eventually { try LogTests.lines(agent, "attributed") == 1 })
        let usage = try LogTests.Usage.of(agent)
        #expect(usage["admitted"]?.calls == 2 && usage["resolved"]?.calls == 2)
        #expect(usage["2xx"]?.bytesOut == 2 * first.bytesOut, "the answers are equally long")
    }

    // MARK: Caddy

    @Test func caddyTellsStatusAndBodiesToTheByte() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "all: 3/h by ip", "WEIR_SOCKET_MODE": "0666"])
        let directory = agent.directory
        let (port, app) = (freePort(), freePort())
        try directory.write("usage.caddy", try Self.file("caddy/usage.caddy", agent))
        try FileManager.default.createDirectory(atPath: directory.file("site"), withIntermediateDirectories: true)
        try directory.write("site/large", String(repeating: "0123456789abcde\n", count: 20_000))
        try directory.write(
            "Caddyfile",
            """
            {
            	admin off
            	auto_https off
            }
            http://127.0.0.1:\(port) {
            	import \(directory.file("usage.caddy"))
            	forward_auth unix/\(agent.httpSocket) {
            		uri /forward
            	}
            	reverse_proxy 127.0.0.1:\(app)
            }
            http://127.0.0.1:\(app) {
            	root * \(directory.file("site"))
            	respond /put 201
            	file_server
            }
            """)
        let caddy = try RunningProgram(
            "/usr/bin/caddy", ["run", "--config", directory.file("Caddyfile"), "--adapter", "caddyfile"], in: directory)
        try Self.waitForPort(port, caddy)
        let body = try directory.write("upload", String(repeating: "x", count: 5_000))
        var seen = Seen()
        for (path, arguments) in [("/large", []), ("/missing", []), ("/put", ["-T", body]), ("/large", [])]
            as [(String, [String])]
        {
            try seen.get("http://127.0.0.1:\(port)\(path)", arguments, in: directory)
        }
        #expect(seen.statuses == [200, 404, 201, 429])
        #expect(
            try eventually { try LogTests.lines(agent, "accepted") == 3 && LogTests.lines(agent, "denied") == 1 },
            "\(agent.program.log)\n\(caddy.log)")
        let usage = try LogTests.Usage.of(agent)
        #expect(usage["2xx"]?.bytesOut == 320_000 && usage["2xx"]?.bytesIn == 5_000 && usage["2xx"]?.calls == 2)
        #expect(usage["4xx"]?.calls == 1)
        #expect(usage["admitted"]?.calls == 3 && usage["resolved"]?.calls == 3 && usage["denied-rate"]?.calls == 1)
    }
}

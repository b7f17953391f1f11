import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// A real nginx with the shipped configuration, in front of a small site, with a real agent behind it.
@Suite struct NginxTests {
    private final class NginxUnderTest {
        let agent: AgentUnderTest
        let nginx: RunningProgram
        let port = freePort()

        init(_ settings: [String: String]) throws {
            agent = try AgentUnderTest(settings.merging(["WEIR_SOCKET_GROUP": "www-data"]) { $1 })
            let directory = agent.directory
            for part in ["upstream.conf", "server.conf", "protect.conf"] {
                let text = try String(contentsOfFile: "\(Programs.repository)/deploy/nginx/\(part)", encoding: .utf8)
                try directory.write(part, text.replacingOccurrences(of: "/run/weir/http.sock", with: agent.httpSocket))
            }
            try FileManager.default.createDirectory(atPath: directory.file("site"), withIntermediateDirectories: true)
            try directory.write("site/index.html", "the site\n")
            try directory.write("site/login", "the login\n")
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
                    keepalive_requests 100000;
                    include \(directory.file("upstream.conf"));
                    server {
                        listen 127.0.0.1:\(port);
                        root \(directory.file("site"));
                        include \(directory.file("server.conf"));
                        location / { include \(directory.file("protect.conf")); }
                        location = /forbidden { include \(directory.file("protect.conf")); proxy_pass http://127.0.0.1:\(port)/own403; }
                        location = /own403 { return 403 "the site's own\\n"; }
                    }
                }
                """)
            nginx = try RunningProgram(
                "nginx", ["-p", directory.path, "-c", directory.file("nginx.conf")], in: directory)
            let port = port
            let isUp = eventually { (try? ClientSocket(port: port)) != nil }
            try #require(isUp, "\(nginx.log)")
        }

        func get(_ path: String, _ headers: [String] = [], over client: ClientSocket? = nil) throws -> HTTPReply {
            let client = try client ?? ClientSocket(port: port)
            client.send("GET \(path) HTTP/1.1\r\nHost: site\r\n" + headers.map { "\($0)\r\n" }.joined() + "\r\n")
            return try #require(client.receiveResponse())
        }
    }

    @Test func allowedAndDeniedRequestsLookAsTheyShould() throws {
        let site = try NginxUnderTest(["WEIR_LIMITS": "all: 3/h by ip; key: deny 401 when path=/login no api_key"])
        let first = try site.get("/")
        #expect(first.status == 200)
        #expect(first.body == "the site\n")
        #expect(first["RateLimit"] == "\"all\";r=2;t=1200")
        #expect(first["RateLimit-Policy"] == "\"all\";q=3;w=3600")
        #expect(try site.get("/login").status == 401)
        #expect(try site.get("/%6Cogin")["WWW-Authenticate"] == "Bearer realm=\"api\"")
        #expect(try site.get("/login", ["X-API-Key: k"]).status == 200)
        #expect(try site.get("/").status == 200)
        let denied = try site.get("/")
        #expect(denied.status == 429)
        #expect(denied["Content-Type"] == "application/problem+json")
        #expect(denied["RateLimit"] == "\"all\";r=0;t=1200")
        #expect(denied["Retry-After"] == "1200")
        #expect(denied["Cache-Control"] == "no-store")
        #expect(denied.body.hasPrefix("{\"type\":\"https://iana.org/assignments/http-problem-types#quota-exceeded\""))
        #expect(try eventually { try site.agent.metric("weir_checks_total{decision=\"allow\"}") == 3 })
        #expect(try site.agent.metric("weir_checks_total{decision=\"deny\"}") == 3)
    }

    @Test func aClientCannotSpeakForNginx() throws {
        let site = try NginxUnderTest([
            "WEIR_LIMITS": "all: 2/h by ip; no: deny when plan=gold", "WEIR_HTTP_ATTRS": "plan",
        ])
        for index in 0..<4 {
            let forged = [
                "X-Real-IP: 198.51.100.\(index)", "X-Forwarded-For: 198.51.100.\(index)", "X-Original-URI: /x",
                "Weir-Peek: 1",
                "Weir-Cost: 0", "Weir-Attr-plan: gold", "Weir-Attr-ip: 198.51.100.\(index)",
            ]
            #expect(try site.get("/?/check&ip=1", forged).status == (index < 2 ? 200 : 429))
        }
    }

    @Test func theSitesOwnStatusesPassUntouched() throws {
        let site = try NginxUnderTest(["WEIR_LIMITS": "all: 1000/s by ip"])
        #expect(try site.get("/missing").status == 404)
        let own = try site.get("/forbidden")
        #expect(own.status == 403)
        #expect(own.body == "the site's own\n")
    }

    @Test func withoutAnAgentRequestsPassAndWithOneTheyAreCountedAgain() throws {
        let site = try NginxUnderTest(["WEIR_LIMITS": "all: 1/h by ip"])
        #expect(try site.get("/").status == 200)
        // On a machine that is busy an answer may take longer than nginx waits.
        #expect(try eventually { try site.get("/").status == 429 })
        // Stopped: nginx waits its 50 ms, then lets the request pass.
        site.agent.program.stop()
        #expect(try site.get("/").status == 200)
        site.agent.program.send(SIGCONT)
        #expect(try eventually { try site.get("/").status == 429 })
        site.agent.program.kill()
        #expect(try site.get("/").status == 200)
        let successor = try AgentUnderTest(
            ["WEIR_LIMITS": "all: 1/h by ip", "WEIR_SOCKET_GROUP": "www-data"], in: site.agent.directory)
        #expect(try eventually { try site.get("/").status == 429 })
        #expect(successor.program.isRunning)
    }

    @Test func aThousandRequestsShareFewConnectionsToTheAgent() throws {
        let site = try NginxUnderTest(["WEIR_LIMITS": "all: 100k/s by ip"])
        let client = try ClientSocket(port: site.port)
        for _ in 0..<1_000 { #expect(try site.get("/", over: client).status == 200) }
        #expect(try site.agent.metric("weir_connections_accepted_total") == 1)
        #expect(try site.agent.metric("weir_checks_total{decision=\"allow\"}") == 1_000)
    }
}

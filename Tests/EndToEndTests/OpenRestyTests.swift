import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// A real nginx with Debian's Lua module and the shipped configuration, in front of a small site, with a real agent behind it.
@Suite struct OpenRestyTests {
    final class OpenRestyUnderTest: SiteUnderTest {
        let nginx: RunningProgram
        let port = freePort()
        let directory: TemporaryDirectory

        /// - Parameters:
        ///   - socket: what the client asks.
        ///   - client: variables of the client; the deadline is generous, as the machine may be busy.
        ///   - locations: further locations.
        init(
            socket: String, in directory: TemporaryDirectory, _ client: [String: String] = [:], locations: String = "",
            replacing changes: [(String, String)] = [], isReady: Bool = true
        ) throws {
            self.directory = directory
            try installLuaClient(in: directory)
            try installConfiguration(
                "openresty", ["http.conf", "protect.conf", "protect-closed.conf"],
                replacing: [("/usr/share/weir/lua", directory.file("lua")), ("/run/weir/agent.sock", socket)] + changes,
                in: directory)
            try writeSite(in: directory)
            let modules = "/usr/lib/nginx/modules"
            try directory.write(
                "nginx.conf",
                """
                load_module \(modules)/ndk_http_module.so;
                load_module \(modules)/ngx_http_lua_module.so;
                daemon off;
                user www-data;
                worker_processes 1;
                pid \(directory.file("nginx.pid"));
                error_log \(directory.file("error.log")) notice;
                events { worker_connections 256; }
                http {
                    access_log off;
                    client_body_temp_path \(directory.file("body"));
                    proxy_temp_path \(directory.file("proxy"));
                    fastcgi_temp_path \(directory.file("fastcgi"));
                    uwsgi_temp_path \(directory.file("uwsgi"));
                    scgi_temp_path \(directory.file("scgi"));
                    keepalive_requests 100000;
                    include \(directory.file("http.conf"));
                    server {
                        listen 127.0.0.1:\(port);
                        root \(directory.file("site"));
                        error_page 404 /free/login;
                        location / { include \(directory.file("protect.conf")); }
                        location /free/ { alias \(directory.file("site"))/; }
                        location /closed/ {
                            include \(directory.file("protect-closed.conf"));
                            alias \(directory.file("site"))/;
                        }
                        \(locations)
                    }
                }
                """)
            nginx = try RunningProgram(
                "nginx", ["-p", directory.path, "-c", directory.file("nginx.conf")],
                environment: ["WEIR_CLIENT_DEADLINE": "5s"].merging(client) { $1 }, in: directory)
            guard isReady else { return }
            let (port, nginx) = (port, nginx)
            let isUp = eventually { (try? ClientSocket(port: port)) != nil || !nginx.isRunning }
            try #require(isUp && nginx.isRunning, "\(nginx.log)")
        }

        /// With an agent of its own.
        convenience init(_ agent: AgentUnderTest, _ client: [String: String] = [:], locations: String = "") throws {
            try self.init(socket: agent.socket, in: agent.directory, client, locations: locations)
        }

        var errors: String { (try? String(contentsOfFile: directory.file("error.log"), encoding: .utf8)) ?? "" }
    }

    private func agent(_ settings: [String: String]) throws -> AgentUnderTest {
        try AgentUnderTest(settings.merging(["WEIR_SOCKET_GROUP": "www-data"]) { $1 })
    }

    @Test func allowedAndDeniedRequestsLookAsTheyShould() throws {
        let agent = try agent(["WEIR_LIMITS": "all: 3/h by ip; key: deny 401 when path=/login no api_key"])
        let site = try OpenRestyUnderTest(agent)
        // An index page is an internal redirect: asked about once.
        let first = try site.get("/")
        #expect(first.status == 200)
        #expect(first.body == "the site\n")
        #expect(first["RateLimit"] == "\"all\";r=2;t=1200")
        #expect(first["RateLimit-Policy"] == "\"all\";q=3;w=3600")
        #expect(first["Retry-After"] == nil)
        let keyless = try site.get("/%6Cogin")
        #expect(keyless.status == 401)
        #expect(keyless["WWW-Authenticate"] == "Bearer realm=\"api\"")
        #expect(keyless["Retry-After"] == nil)
        #expect(keyless["RateLimit"] == nil)
        #expect(
            keyless.body
                == "{\"type\":\"about:blank\",\"title\":\"Unauthorized\",\"status\":401,\"reason\":\"key-missing\"}")
        #expect(try site.get("/login", ["X-API-Key: k"]).status == 200)
        #expect(try site.get("/login", ["Authorization: bearer k"]).status == 200)
        let denied = try site.get("/")
        #expect(denied.status == 429)
        #expect(denied["Content-Type"] == "application/problem+json")
        #expect(denied["RateLimit"] == "\"all\";r=0;t=1200")
        #expect(denied["RateLimit-Policy"] == "\"all\";q=3;w=3600")
        #expect(denied["Retry-After"] == "1200")
        #expect(denied["Cache-Control"] == "no-store")
        #expect(
            denied.body
                == "{\"type\":\"https://iana.org/assignments/http-problem-types#quota-exceeded\","
                + "\"title\":\"Request cannot be satisfied as assigned quota has been exceeded\","
                + "\"status\":429,\"reason\":\"rate\",\"violated-policies\":[\"all\"]}")
        #expect(try agent.metric("weir_checks_total{decision=\"allow\"}") == 3)
        #expect(try agent.metric("weir_checks_total{decision=\"deny\"}") == 2)
    }

    /// The HTTP door and this client answer the same denials with the same bytes.
    @Test(arguments: [
        "all: 1/h by ip", "all: 1/day by ip", "no: deny when path=/", "no: deny 402 when path=/", "big: 10/h cost 50",
    ])
    func aDenialIsWhatTheHTTPDoorAnswers(_ limits: String) throws {
        let agent = try agent(["WEIR_LIMITS": limits])
        let site = try OpenRestyUnderTest(agent, ["WEIR_CLIENT_DENY_CACHE": "off"])
        _ = try site.get("/")
        let ours = try site.get("/")
        let door = try agent.http(
            "/forward", ["X-Forwarded-For: 127.0.0.1", "X-Forwarded-Uri: /", "X-Forwarded-Method: GET"])
        #expect(ours.status == door.status)
        #expect(ours.status >= 400)
        #expect(ours.body == door.body)
        for name in ["Content-Type", "Cache-Control", "WWW-Authenticate", "RateLimit-Policy"] {
            let expected = door[name].flatMap { $0.isEmpty ? nil : $0 }
            #expect(ours[name] == expected, "\(name)")
        }
        // Seconds may have passed between the two.
        for name in ["Retry-After", "RateLimit"] {
            let expected = door[name].flatMap { $0.isEmpty ? nil : $0 }
            #expect((ours[name] == nil) == (expected == nil), "\(name)")
        }
    }

    @Test func twoRulesAtOnceTakeFromBothOrFromNeither() throws {
        let agent = try agent(["WEIR_LIMITS": "each: 2/h by api_key; all: 3/h by ip"])
        let site = try OpenRestyUnderTest(agent, ["WEIR_CLIENT_DENY_CACHE": "off"])
        #expect(try site.get("/", ["X-API-Key: a"]).status == 200)
        #expect(try site.get("/", ["X-API-Key: a"])["RateLimit"]?.hasPrefix("\"each\";r=0") == true)
        let denied = try site.get("/", ["X-API-Key: a"])
        #expect(denied.status == 429)
        #expect(denied.body.contains("\"violated-policies\":[\"each\"]"))
        // What was denied by one rule took nothing from the other.
        #expect(try site.get("/", ["X-API-Key: b"]).status == 200)
        #expect(try site.get("/", ["X-API-Key: c"]).body.contains("\"violated-policies\":[\"all\"]"))
    }

    @Test func aClientCannotSpeakForNginx() throws {
        let agent = try agent(["WEIR_LIMITS": "all: 2/h by ip; no: deny when plan=gold"])
        let site = try OpenRestyUnderTest(agent, ["WEIR_CLIENT_DENY_CACHE": "off"])
        for index in 0..<4 {
            let forged = [
                "X-Real-IP: 198.51.100.\(index)", "X-Forwarded-For: 198.51.100.\(index)", "X-Original-URI: /x",
                "Weir-Peek: 1", "Weir-Cost: 0", "Weir-Attr-plan: gold", "Weir-Attr-ip: 198.51.100.\(index)",
            ]
            #expect(try site.get("/?cost=0&ip=1&on_trouble=open", forged).status == (index < 2 ? 200 : 429))
        }
        // Of two keys the site may believe the other one.
        #expect(try site.get("/", ["X-API-Key: a", "X-API-Key: b"]).status == 400)
        // More than can be asked about is refused, however the location is set: no client chooses to pass unasked.
        let long = String(repeating: "k", count: 7_000)
        let large = ["X-API-Key: \(long)"]
        #expect(try site.get("/" + String(repeating: "p", count: 7_000), large + ["Host: \(long)"]).status >= 400)
        #expect(site.errors.contains("no answer") == false)
    }

    @Test func aFrameThatIsTooLargeForTheAgentIsRefusedAndNotLetPass() throws {
        let agent = try agent(["WEIR_LIMITS": "all: 1000/s by ip", "WEIR_MAX_FRAME": "512"])
        let site = try OpenRestyUnderTest(agent)
        #expect(try site.get("/").status == 200)
        #expect(try site.get("/" + String(repeating: "p", count: 600)).status == 431)
        #expect(try site.get("/").status == 200)
    }

    @Test func responsesAreInTheUsageToTheByte() throws {
        let directory = try TemporaryDirectory()
        let collector = try UsageTests.CollectorUnderTest(in: directory)
        let agent = try agent(collector.agentSettings.merging(["WEIR_LIMITS": "all: 1000/s by ip"]) { $1 })
        let site = try OpenRestyUnderTest(agent)
        var found: [String: (calls: Int, sent: Int, received: Int)] = [:]
        for (path, outcome) in [("/", "2xx"), ("/large", "2xx"), ("/missing", "4xx"), ("/login?q=1", "2xx")] {
            let bytes = try site.measure(path, ["X-Padding: \(String(repeating: "x", count: found.count * 100))"])
            let before = found[outcome] ?? (0, 0, 0)
            found[outcome] = (before.calls + 1, before.sent + bytes.sent, before.received + bytes.received)
        }
        var calls: [String: Int] = [:]
        let isThere = try eventually {
            calls = try collector.calls()
            return calls == ["admitted": 4, "resolved": 4, "2xx": 3, "4xx": 1]
        }
        #expect(isThere, "\(calls)")
        let csv = try collector.get("/v1/usage?format=csv&granularity=total&by=outcome").body
        for (outcome, row) in found {
            #expect(csv.contains(",\(outcome),\(row.calls),\(row.calls),\(row.sent),\(row.received)\r\n"), "\(csv)")
        }
    }

    /// What could not be reported is reported when the agent takes it, in frames as small as it takes, and counts once.
    @Test func reportsWaitForAnAgentThatHangs() throws {
        let directory = try TemporaryDirectory()
        let collector = try UsageTests.CollectorUnderTest(in: directory)
        let agent = try agent(collector.agentSettings.merging(["WEIR_MAX_FRAME": "512"]) { $1 })
        let site = try OpenRestyUnderTest(agent, ["WEIR_CLIENT_DEADLINE": "2s"])
        let clients = try (0..<12).map { _ in try ClientSocket(port: site.port) }
        for client in clients {
            client.send("GET /large HTTP/1.1\r\nHost: site\r\nConnection: close\r\n\r\n")
            #expect(client.receive(within: 5) != nil)
        }
        agent.program.stop()
        for client in clients { #expect(client.receiveAll() != nil) }
        #expect(eventually { site.errors.contains("weir: no answer from the agent") })
        agent.program.send(SIGCONT)
        var calls: [String: Int] = [:]
        let isThere = try eventually {
            calls = try collector.calls()
            return calls == ["admitted": 12, "resolved": 12, "2xx": 12]
        }
        #expect(isThere, "\(calls) \(site.errors)")
    }

    @Test func reportsBeyondTheRoomForThemAreDroppedAndToldOnce() throws {
        let agent = try agent([:])
        let site = try OpenRestyUnderTest(
            socket: agent.socket, in: agent.directory,
            locations: """
                location = /many {
                    access_by_lua_block { weir.access() }
                    content_by_lua_block { ngx.say("ok") }
                    log_by_lua_block { for _ = 1, 1000 do weir.log() end }
                }
                """, replacing: [("weir_reports 4m", "weir_reports 16k")])
        #expect(try site.get("/many").status == 200)
        #expect(eventually { site.errors.contains("weir: no room for reports") })
        #expect(site.errors.components(separatedBy: "weir: no room for reports").count == 2)
        // Those that had room are sent, and then there is room again.
        #expect(try eventually { try agent.metric("weir_usage_reports_total") ?? 0 > 0 })
        #expect(try site.get("/").status == 200)
        #expect(site.nginx.isRunning)
    }

    @Test func withoutAnAgentALocationIsOpenOrClosedAsItSays() throws {
        let agent = try agent(["WEIR_LIMITS": "all: 1/h by ip"])
        let site = try OpenRestyUnderTest(agent, ["WEIR_CLIENT_DEADLINE": "50ms", "WEIR_CLIENT_DENY_CACHE": "off"])
        #expect(try eventually { try site.get("/").status == 429 })
        // Stopped: decided when the deadline has passed, and not before.
        agent.program.stop()
        for (path, status) in [("/", 200), ("/closed/index.html", 503)] {
            let start = Date()
            #expect(try site.get(path).status == status)
            #expect(Date().timeIntervalSince(start) >= 0.045)
            #expect(Date().timeIntervalSince(start) < 3)
        }
        // When it has hung for a while, not every request waits for it.
        let isQuick = try eventually {
            let start = Date()
            return try site.get("/").status == 200 && Date().timeIntervalSince(start) < 0.04
        }
        #expect(isQuick)
        agent.program.send(SIGCONT)
        #expect(try eventually { try site.get("/closed/index.html").status == 429 })
        agent.program.kill()
        #expect(try site.get("/").status == 200)
        let closed = try site.get("/closed/index.html")
        #expect(closed.status == 503)
        #expect(closed["Retry-After"] == "1")
        #expect(closed["Cache-Control"] == "no-store")
        #expect(closed["Content-Type"] == "application/problem+json")
        #expect(closed.body.contains("\"status\":503,\"reason\":\"overload\""))
        let successor = try AgentUnderTest(
            ["WEIR_LIMITS": "all: 1/h by ip", "WEIR_SOCKET_GROUP": "www-data"], in: agent.directory)
        #expect(try eventually { try site.get("/").status == 429 })
        #expect(successor.program.isRunning)
        // Trouble is told when it begins, and not for each request.
        #expect(site.errors.components(separatedBy: "weir: no answer from the agent").count == 2, "\(site.errors)")
    }

    @Test func aThousandRequestsShareOneConnectionToTheAgent() throws {
        let agent = try agent(["WEIR_LIMITS": "all: 100k/s by ip"])
        // One, so that a report does not take a second while a check is on its way.
        let site = try OpenRestyUnderTest(agent, ["WEIR_CLIENT_CONNECTIONS": "1"])
        let client = try ClientSocket(port: site.port)
        for _ in 0..<1_000 { #expect(try site.get("/", over: client).status == 200) }
        #expect(try agent.metric("weir_checks_total{decision=\"allow\"}") == 1_000)
        #expect(try eventually { try agent.metric("weir_usage_reports_total") ?? 0 >= 1_000 })
        #expect(try agent.metric("weir_connections_accepted_total") == 1)
    }

    /// Slots go with the report, and reports go before the next check.
    @Test func aSlotIsFreeWhenItsResponseIsOver() throws {
        let agent = try agent(["WEIR_LIMITS": "one: 1 concurrent by ip"])
        let site = try OpenRestyUnderTest(agent, ["WEIR_CLIENT_CONNECTIONS": "1"])
        let client = try ClientSocket(port: site.port)
        for _ in 0..<50 { #expect(try site.get("/", over: client).status == 200) }
        // While one is being answered, another is denied.
        let slow = try ClientSocket(port: site.port)
        slow.send("GET /large HTTP/1.1\r\nHost: site\r\nConnection: close\r\n\r\n")
        #expect(slow.receive(within: 5) != nil)
        #expect(try site.get("/", over: client).status == 429)
        #expect(slow.receiveAll() != nil)
        #expect(try eventually { try site.get("/", over: client).status == 200 })
    }

    @Test func aDenialIsRememberedForItsCostAndAboveWithoutAsking() throws {
        let agent = try agent(["WEIR_LIMITS": "all: 10/h by ip"])
        let site = try OpenRestyUnderTest(
            agent,
            locations: """
                location = /costly { access_by_lua_block { weir.access { cost = 5, attributes = { path = "/" } } } }
                location = /costlier { access_by_lua_block { weir.access { cost = 6, attributes = { path = "/" } } } }
                """)
        let path = "/login"
        for _ in 0..<8 { #expect(try site.get(path).status == 200) }
        #expect(try site.get("/costly").status == 429)
        #expect(try agent.metric("weir_checks_total{decision=\"deny\"}") == 1)
        for _ in 0..<5 {
            #expect(try site.get("/costly").status == 429)
            let denied = try site.get("/costlier")
            #expect(denied.status == 429)
            #expect(denied["RateLimit"]?.hasPrefix("\"all\";r=2;t=") == true)
            #expect(denied.body.contains("\"violated-policies\":[\"all\"]"))
        }
        #expect(try agent.metric("weir_checks_total{decision=\"deny\"}") == 1)
        // What costs less is asked about.
        for _ in 0..<2 { #expect(try site.get(path).status == 200) }
        #expect(try site.get(path).status == 429)
        #expect(try agent.metric("weir_checks_total{decision=\"deny\"}") == 2)
    }

    /// What the deny cache keeps is over when the request can pass.
    @Test func aRememberedDenialIsOverAtItsRetryAfter() throws {
        let agent = try agent(["WEIR_LIMITS": "all: 2/s burst 1 by ip"])
        let site = try OpenRestyUnderTest(agent)
        #expect(try site.get("/").status == 200)
        _ = try site.get("/")
        #expect(try eventually(within: 5) { try site.get("/").status == 200 })
    }

    @Test func aLocationHasItsOwnCostKeyAndAttributesAndItsActualCost() throws {
        let directory = try TemporaryDirectory()
        let collector = try UsageTests.CollectorUnderTest(in: directory)
        let agent = try agent(
            collector.agentSettings.merging(["WEIR_LIMITS": "tokens: 1000/h by tenant; keys: 100/h by api_key"]) { $1 })
        let site = try OpenRestyUnderTest(
            agent,
            locations: """
                location = /model {
                    access_by_lua_block {
                        weir.access { cost = 60, reserve = true, key = ngx.var.cookie_key or false,
                            attributes = { tenant = "acme" } }
                    }
                    header_filter_by_lua_block { weir.headers() weir.settle(7) }
                    content_by_lua_block { ngx.say("ok") }
                    log_by_lua_block { weir.log() }
                }
                """)
        #expect(try site.get("/model", ["Cookie: key=k"]).status == 200)
        #expect(try eventually { try collector.calls()["2xx"] == 1 })
        let csv = try collector.get("/v1/usage?format=csv&granularity=total&by=outcome").body
        #expect(csv.contains(",2xx,1,7,"), "\(csv)")
        // 53 of the 60 came back: the key has 93 of its 100 left.
        #expect(try agent.check([("api_key", "k"), ("tenant", "x")]).remaining == 92)
    }

    @Test func aReloadLosesNoReport() throws {
        let directory = try TemporaryDirectory()
        let collector = try UsageTests.CollectorUnderTest(in: directory)
        let agent = try agent(collector.agentSettings)
        let site = try OpenRestyUnderTest(agent)
        let slow = try ClientSocket(port: site.port)
        slow.send("GET /large HTTP/1.1\r\nHost: site\r\nConnection: close\r\n\r\n")
        #expect(slow.receive(within: 5) != nil)
        site.nginx.send(SIGHUP)
        #expect(eventually { site.errors.contains("gracefully shutting down") })
        #expect(slow.receiveAll() != nil)
        #expect(try eventually { try collector.calls() == ["admitted": 1, "resolved": 1, "2xx": 1] })
    }

    @Test func aWrongSettingStopsNginxWithItsName() throws {
        let directory = try TemporaryDirectory()
        let site = try OpenRestyUnderTest(
            socket: "/nowhere.sock", in: directory, ["WEIR_CLIENT_DEADLINE": "20", "WEIR_CLIENT_ON_TROUBLE": "maybe"],
            isReady: false)
        #expect(site.nginx.wait() == 1)
        let log = site.nginx.log
        #expect(log.contains("WEIR_CLIENT_DEADLINE=20: expected a duration with its unit"), "\(log)")
        #expect(log.contains("WEIR_CLIENT_ON_TROUBLE=maybe: expected open or closed"))
    }

    /// The floor of `weir bench`: a C program that gives every frame the same answer, with the frame's id.
    @Test func itWorksWithAnythingThatSpeaksTheProtocol() throws {
        let directory = try TemporaryDirectory()
        let socket = directory.file("floor.sock")
        let answer = bytes(capacity: 256) { writer in
            let decision = Decision(
                verdict: .allow, reason: .ok, status: 200, state: .local, limit: 400, remaining: 399, windowSeconds: 2,
                resetMicroseconds: 5_000, ticket: Ticket(seal: 1, cell: 2, hour: 3, units: 4, serial: 5))
            Array("floor".utf8).withBytes { rule in
                CheckAnswer.write(decision, rule: rule, consumer: rule.extracting(0..<0), id: 0, to: &writer)
            }
        }
        let hex = answer.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let floor = try RunningProgram(Programs.weir, ["bench-floor", socket, "--answer", hex], in: directory)
        #expect(eventually { (try? ClientSocket(unix: socket)) != nil })
        try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: socket)
        let site = try OpenRestyUnderTest(socket: socket, in: directory)
        let client = try ClientSocket(port: site.port)
        for _ in 0..<200 {
            let reply = try site.get("/", over: client)
            #expect(reply.status == 200)
            #expect(reply["RateLimit"] == "\"floor\";r=399;t=1")
        }
        #expect(floor.isRunning)
        #expect(!site.errors.contains("weir:"), "\(site.errors)")
    }
}

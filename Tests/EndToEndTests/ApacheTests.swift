import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// A real Apache with mod_lua and the shipped configuration, in front of a small site, with a real agent behind it.
@Suite struct ApacheTests {
    final class ApacheUnderTest: SiteUnderTest {
        let apache: RunningProgram
        let port = freePort()
        let directory: TemporaryDirectory
        let agent: AgentUnderTest

        /// - Parameters:
        ///   - client: variables of the client; the deadline is generous, as the machine may be busy.
        ///   - threads: workers, each with a connection and a deny cache of its own.
        ///   - isPiped: whether exact reports come from the program behind the CustomLog; else from LuaHookLog.
        ///   - hook: the body of an access checker of one's own for /, in place of the shipped one.
        init(
            _ settings: [String: String], _ client: [String: String] = [:], threads: Int = 1, isPiped: Bool = true,
            hook: String? = nil
        ) throws {
            agent = try AgentUnderTest(settings.merging(["WEIR_SOCKET_GROUP": "www-data"]) { $1 })
            directory = agent.directory
            try installLuaClient(in: directory)
            try installConfiguration(
                "apache", ["weir.conf", "hooks.lua", "protect.conf", "protect-closed.conf"],
                replacing: [
                    ("/usr/share/weir/lua", directory.file("lua")), ("/usr/share/weir/apache", directory.path),
                    ("/run/weir/agent.sock", agent.socket),
                ], in: directory)
            if !isPiped {
                let text = try String(contentsOfFile: directory.file("weir.conf"), encoding: .utf8)
                try directory.write(
                    "weir.conf",
                    text.split(separator: "\n").filter { !$0.hasPrefix("CustomLog") }.joined(separator: "\n")
                        + "\nLuaHookLog \(directory.file("hooks.lua")) log\n")
            }
            try writeSite(in: directory)
            let protect: String
            if let hook {
                let text = "local weir = require 'weir.apache'\nfunction own(r) \(hook) end\n"
                protect = "LuaHookAccessChecker \(try directory.write("own.lua", text)) own early"
            } else {
                protect = "Include \(directory.file("protect.conf"))"
            }
            let modules = ["mpm_event", "authz_core", "dir", "alias", "lua"].map {
                "LoadModule \($0)_module /usr/lib/apache2/modules/mod_\($0).so"
            }
            try directory.write(
                "apache.conf",
                """
                ServerRoot \(directory.path)
                PidFile \(directory.file("apache.pid"))
                Listen 127.0.0.1:\(port)
                ServerName site
                User www-data
                Group www-data
                ErrorLog \(directory.file("error.log"))
                \(modules.joined(separator: "\n"))
                StartServers 1
                ServerLimit 1
                ThreadLimit \(threads)
                ThreadsPerChild \(threads)
                MaxRequestWorkers \(threads)
                MaxKeepAliveRequests 0
                DocumentRoot \(directory.file("site"))
                DirectoryIndex index.html
                ErrorDocument 404 /login
                Alias /closed/ \(directory.file("site"))/
                Include \(directory.file("weir.conf"))
                <Directory \(directory.file("site"))>
                    Require all granted
                </Directory>
                <Location "/">
                    \(protect)
                </Location>
                <Location "/closed/">
                    Include \(directory.file("protect-closed.conf"))
                </Location>
                """)
            apache = try RunningProgram(
                "apache2", ["-f", directory.file("apache.conf"), "-DFOREGROUND"],
                environment: ["WEIR_SOCKET": agent.socket, "WEIR_CLIENT_DEADLINE": "5s"].merging(client) { $1 },
                in: directory)
            let (port, apache) = (port, apache)
            let isUp = eventually { (try? ClientSocket(port: port)) != nil || !apache.isRunning }
            try #require(isUp && apache.isRunning, "\(apache.log) \(errors)")
        }

        var errors: String { (try? String(contentsOfFile: directory.file("error.log"), encoding: .utf8)) ?? "" }
    }

    @Test func allowedAndDeniedRequestsLookAsTheyShould() throws {
        let site = try ApacheUnderTest(["WEIR_LIMITS": "all: 4/h by ip; key: deny 401 when path=/login no api_key"])
        // An index page is a subrequest, an error document an internal redirect: asked about once.
        let first = try site.get("/")
        #expect(first.status == 200)
        #expect(first.body == "the site\n")
        #expect(first["RateLimit"] == "\"all\";r=3;t=900")
        #expect(first["RateLimit-Policy"] == "\"all\";q=4;w=3600")
        #expect(first["Retry-After"] == nil)
        let missing = try site.get("/missing")
        #expect(missing.status == 404)
        #expect(missing["RateLimit"]?.hasPrefix("\"all\";r=2;t=") == true)
        let keyless = try site.get("/%6Cogin")
        #expect(keyless.status == 401)
        #expect(keyless["WWW-Authenticate"] == "Bearer realm=\"api\"")
        #expect(keyless["RateLimit"] == nil)
        #expect(
            keyless.body
                == "{\"type\":\"about:blank\",\"title\":\"Unauthorized\",\"status\":401,\"reason\":\"key-missing\"}")
        #expect(try site.get("/login", ["X-API-Key: k"]).status == 200)
        #expect(try site.get("/login", ["Authorization: Bearer k"]).status == 200)
        let denied = try site.get("/")
        #expect(denied.status == 429)
        #expect(denied["Content-Type"] == "application/problem+json")
        #expect(denied["RateLimit"] == "\"all\";r=0;t=900")
        #expect(denied["RateLimit-Policy"] == "\"all\";q=4;w=3600")
        #expect(denied["Retry-After"] == "900")
        #expect(denied["Cache-Control"] == "no-store")
        #expect(denied["Content-Length"] == "\(denied.body.utf8.count)")
        #expect(
            denied.body
                == "{\"type\":\"https://iana.org/assignments/http-problem-types#quota-exceeded\","
                + "\"title\":\"Request cannot be satisfied as assigned quota has been exceeded\","
                + "\"status\":429,\"reason\":\"rate\",\"violated-policies\":[\"all\"]}")
        #expect(try site.agent.metric("weir_checks_total{decision=\"allow\"}") == 4)
        #expect(try site.agent.metric("weir_checks_total{decision=\"deny\"}") == 2)
    }

    @Test func twoRulesAtOnceTakeFromBothOrFromNeither() throws {
        let site = try ApacheUnderTest(
            ["WEIR_LIMITS": "each: 2/h by api_key; all: 3/h by ip"], ["WEIR_CLIENT_DENY_CACHE": "off"])
        for _ in 0..<2 { #expect(try site.get("/", ["X-API-Key: a"]).status == 200) }
        #expect(try site.get("/", ["X-API-Key: a"]).body.contains("\"violated-policies\":[\"each\"]"))
        #expect(try site.get("/", ["X-API-Key: b"]).status == 200)
        #expect(try site.get("/", ["X-API-Key: c"]).body.contains("\"violated-policies\":[\"all\"]"))
    }

    @Test func aClientCannotSpeakForApache() throws {
        let site = try ApacheUnderTest(
            ["WEIR_LIMITS": "all: 2/h by ip; no: deny when plan=gold"], ["WEIR_CLIENT_DENY_CACHE": "off"])
        for index in 0..<4 {
            let forged = [
                "X-Real-IP: 198.51.100.\(index)", "X-Forwarded-For: 198.51.100.\(index)", "Weir-Cost: 0",
                "Weir-Attr-plan: gold", "WEIR_TICKET: -", "WEIR-TICKET: ?",
            ]
            #expect(try site.get("/?cost=0&ip=1", forged).status == (index < 2 ? 200 : 429))
        }
    }

    /// The program behind the CustomLog.
    @Test func responsesAreInTheUsageToTheByte() throws {
        let directory = try TemporaryDirectory()
        let collector = try UsageTests.CollectorUnderTest(in: directory)
        let site = try ApacheUnderTest(collector.agentSettings)
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
        #expect(isThere, "\(calls) \(site.errors)")
        let csv = try collector.get("/v1/usage?format=csv&granularity=total&by=outcome").body
        for (outcome, row) in found {
            #expect(csv.contains(",\(outcome),\(row.calls),\(row.calls),\(row.sent),\(row.received)\r\n"), "\(csv)")
        }
    }

    @Test func aLocationHasItsOwnCostKeyAndAttributesAndItsActualCost() throws {
        let directory = try TemporaryDirectory()
        let collector = try UsageTests.CollectorUnderTest(in: directory)
        let site = try ApacheUnderTest(
            collector.agentSettings.merging(["WEIR_LIMITS": "tokens: 1000/h by tenant; keys: 100/h by api_key"]) { $1 },
            hook: """
                local answer = weir.access(r, { cost = 60, reserve = true, key = "k", attributes = { tenant = "acme" } })
                weir.settle(r, 7)
                return answer
                """)
        #expect(try site.get("/login").status == 200)
        #expect(try eventually { try collector.calls()["2xx"] == 1 }, "\(site.errors)")
        let csv = try collector.get("/v1/usage?format=csv&granularity=total&by=outcome").body
        #expect(csv.contains(",2xx,1,7,"), "\(csv)")
        // 53 of the 60 came back: the key has 93 of its 100 left.
        #expect(try site.agent.check([("api_key", "k"), ("tenant", "x")]).remaining == 92)
    }

    /// Without that program: the status is exact, bytes are those of Content-Length.
    @Test func theLogHookReportsWhatModLuaKnows() throws {
        let directory = try TemporaryDirectory()
        let collector = try UsageTests.CollectorUnderTest(in: directory)
        let site = try ApacheUnderTest(collector.agentSettings, isPiped: false)
        _ = try site.measure("/index.html")
        _ = try site.measure("/missing")
        var calls: [String: Int] = [:]
        let isThere = try eventually {
            calls = try collector.calls()
            return calls == ["admitted": 2, "resolved": 2, "2xx": 1, "4xx": 1]
        }
        #expect(isThere, "\(calls) \(site.errors)")
        let csv = try collector.get("/v1/usage?format=csv&granularity=total&by=outcome").body
        #expect(csv.contains(",2xx,1,1,0,9\r\n"), "\(csv)")
    }

    /// What could not be reported is reported when the agent takes it, and counts once; Apache waits for none of it.
    @Test func reportsWaitForAnAgentThatHangs() throws {
        let directory = try TemporaryDirectory()
        let collector = try UsageTests.CollectorUnderTest(in: directory)
        let site = try ApacheUnderTest(collector.agentSettings, ["WEIR_CLIENT_DEADLINE": "2s"])
        let client = try ClientSocket(port: site.port)
        client.send("GET /large HTTP/1.1\r\nHost: site\r\nConnection: close\r\n\r\n")
        #expect(client.receive(within: 5) != nil)
        site.agent.program.stop()
        #expect(client.receiveAll() != nil)
        #expect(eventually { site.errors.contains("reports are kept") || site.apache.log.contains("reports are kept") })
        site.agent.program.send(SIGCONT)
        #expect(try eventually { try collector.calls() == ["admitted": 1, "resolved": 1, "2xx": 1] })
    }

    @Test func withoutAnAgentALocationIsOpenOrClosedAsItSays() throws {
        let site = try ApacheUnderTest(
            ["WEIR_LIMITS": "all: 1/h by ip"], ["WEIR_CLIENT_DEADLINE": "50ms", "WEIR_CLIENT_DENY_CACHE": "off"])
        #expect(try eventually { try site.get("/").status == 429 })
        // Stopped: decided when the deadline has passed, and not before. The closed location is inside the open one.
        site.agent.program.stop()
        for (path, status) in [("/", 200), ("/closed/index.html", 503)] {
            let start = Date()
            #expect(try site.get(path).status == status)
            #expect(Date().timeIntervalSince(start) >= 0.045)
            #expect(Date().timeIntervalSince(start) < 3)
        }
        site.agent.program.send(SIGCONT)
        #expect(try eventually { try site.get("/closed/index.html").status == 429 })
        site.agent.program.kill()
        #expect(try site.get("/").status == 200)
        let closed = try site.get("/closed/index.html")
        #expect(closed.status == 503)
        #expect(closed["Retry-After"] == "1")
        #expect(closed["Content-Type"] == "application/problem+json")
        #expect(closed.body.contains("\"status\":503,\"reason\":\"overload\""))
        let successor = try AgentUnderTest(
            ["WEIR_LIMITS": "all: 1/h by ip", "WEIR_SOCKET_GROUP": "www-data"], in: site.directory)
        #expect(try eventually { try site.get("/").status == 429 })
        #expect(successor.program.isRunning)
        #expect(site.errors.components(separatedBy: "weir: no answer from the agent").count == 2, "\(site.errors)")
    }

    @Test func aThousandRequestsShareOneConnectionToTheAgent() throws {
        let site = try ApacheUnderTest(["WEIR_LIMITS": "all: 100k/s by ip"])
        let client = try ClientSocket(port: site.port)
        for _ in 0..<1_000 { #expect(try site.get("/", over: client).status == 200) }
        #expect(try site.agent.metric("weir_checks_total{decision=\"allow\"}") == 1_000)
        #expect(try eventually { try site.agent.metric("weir_usage_reports_total") ?? 0 >= 1_000 })
        // The thread's, and that of the program which reports.
        #expect(try site.agent.metric("weir_connections_accepted_total") == 2)
    }

    @Test func aDenialIsRememberedWithoutAsking() throws {
        let site = try ApacheUnderTest(["WEIR_LIMITS": "all: 1/h by ip"])
        #expect(try site.get("/").status == 200)
        for _ in 0..<5 {
            let denied = try site.get("/")
            #expect(denied.status == 429)
            #expect(denied.body.contains("\"violated-policies\":[\"all\"]"))
        }
        #expect(try site.agent.metric("weir_checks_total{decision=\"deny\"}") == 1)
    }

    @Test func aSlotIsFreeWhenItsResponseIsOver() throws {
        let site = try ApacheUnderTest(["WEIR_LIMITS": "one: 1 concurrent by ip"], threads: 2)
        let slow = try ClientSocket(port: site.port)
        slow.send("GET /large HTTP/1.1\r\nHost: site\r\nConnection: close\r\n\r\n")
        #expect(slow.receive(within: 5) != nil)
        #expect(try site.get("/").status == 429)
        #expect(slow.receiveAll() != nil)
        #expect(try eventually { try site.get("/").status == 200 })
    }
}

import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Debian's HAProxy 2.6 with the configuration of `deploy/haproxy`. HAProxy 3.x is not packaged there: `SPOEAgentTests` replays
/// what it has sent.
@Suite struct HAProxyTests {
    @Test func allowedAndDeniedRequestsLookAsTheyShould() throws {
        let site = try HAProxyUnderTest(["WEIR_LIMITS": "all: 3/h by ip; key: deny 401 when path=/login no api_key"])
        let first = try site.get("/")
        #expect(first.status == 200)
        #expect(first.body == "the site\n")
        #expect(first["RateLimit"] == "\"all\";r=2;t=1200")
        #expect(first["RateLimit-Policy"] == "\"all\";q=3;w=3600")
        #expect(first["Retry-After"] == nil)
        let keyless = try site.get("/login")
        #expect(keyless.status == 401)
        #expect(keyless["WWW-Authenticate"] == "Bearer realm=\"api\"")
        #expect(keyless["RateLimit"] == nil)
        #expect(keyless["Retry-After"] == nil)
        #expect(
            keyless.body
                == "{\"type\":\"about:blank\",\"title\":\"Unauthorized\",\"status\":401,\"reason\":\"key-missing\"}")
        #expect(try site.get("/%6Cogin").status == 401)
        #expect(try site.get("/login", ["X-API-Key: k"]).status == 200)
        #expect(try site.get("/login", ["X-API-Key:", "Authorization: Bearer t"]).status == 200)
        let denied = try site.get("/")
        #expect(denied.status == 429)
        #expect(denied["Content-Type"] == "application/problem+json")
        #expect(denied["Cache-Control"] == "no-store")
        #expect(denied["RateLimit"] == "\"all\";r=0;t=1200")
        #expect(denied["RateLimit-Policy"] == "\"all\";q=3;w=3600")
        #expect(denied["Retry-After"] == "1200")
        #expect(
            denied.body
                == "{\"type\":\"https://iana.org/assignments/http-problem-types#quota-exceeded\",\"title\":\"Request cannot be satisfied as assigned quota has been exceeded\",\"status\":429,\"reason\":\"rate\",\"violated-policies\":[\"all\"]}"
        )
        #expect(try site.agent.metric("weir_checks_total{decision=\"allow\"}") == 3)
        #expect(try site.agent.metric("weir_checks_total{decision=\"deny\"}") == 3)
    }

    @Test func everyStatusOfARuleIsSentAsItIs() throws {
        let statuses = [401, 402, 403, 429, 503]
        let rules = statuses.map { "d\($0): deny \($0) when path=/\($0)" } + ["all: 100/s by ip"]
        let site = try HAProxyUnderTest(["WEIR_LIMITS": rules.joined(separator: "; ")])
        for status in statuses {
            let reply = try site.get("/\(status)")
            #expect(reply.status == status)
            #expect(reply.body.contains("\"status\":\(status)"))
        }
        #expect(try site.get("/missing").status == 404)
        #expect(try site.get("/missing").body == "nothing here\n")
    }

    @Test func ofTwoRulesTheTighterOneDecidesAndADenialTakesNothing() throws {
        let site = try HAProxyUnderTest(["WEIR_LIMITS": "all: 3/h by ip; few: 1/h by api_key"])
        #expect(try site.get("/", ["X-API-Key: a"])["RateLimit"] == "\"few\";r=0;t=3600")
        let denied = try site.get("/", ["X-API-Key: a"])
        #expect(denied.status == 429)
        #expect(denied["RateLimit-Policy"] == "\"few\";q=1;w=3600")
        #expect(try site.get("/", ["X-API-Key: b"]).status == 200)
        #expect(try site.get("/")["RateLimit"] == "\"all\";r=0;t=3600")
        #expect(try site.get("/", ["X-API-Key: c"]).status == 429)
    }

    @Test func aClientCannotSpeakForHAProxy() throws {
        let site = try HAProxyUnderTest(["WEIR_LIMITS": "all: 2/h by ip; no: deny when plan=gold"])
        for index in 0..<4 {
            let forged = [
                "X-Real-IP: 198.51.100.\(index)", "X-Forwarded-For: 198.51.100.\(index)", "Weir-Cost: 0",
                "src: 198.51.100.1",
                "Weir-Attr-plan: gold", "plan: gold", "deny: false", "txn.weir.deny: 0",
            ]
            #expect(
                try site.get("/?src=198.51.100.\(index)&cost=0&plan=gold", forged).status == (index < 2 ? 200 : 429))
        }
    }

    @Test func withoutAnAgentRequestsPassAndWithOneTheyAreCountedAgain() throws {
        let settings = ["WEIR_LIMITS": "all: 1/h by ip"]
        let site = try HAProxyUnderTest(settings, patience: .shipped)
        #expect(eventually { site.health() == "UP L7OK" })
        // On a machine that is busy an answer may take longer than HAProxy waits.
        #expect(try eventually { try site.get("/").status == 429 })
        // Stopped: HAProxy waits its 20 ms, then lets the request pass; soon the health check fails, and it waits no more.
        site.agent.program.stop()
        #expect(try site.get("/").status == 200)
        #expect(eventually { site.health().hasPrefix("DOWN") })
        #expect(try site.get("/").status == 200)
        site.agent.program.send(SIGCONT)
        #expect(try eventually { try site.get("/").status == 429 })
        site.agent.program.kill()
        let open = try site.get("/")
        #expect(open.status == 200)
        #expect(open["RateLimit"] == nil)
        #expect(open.body == "the site\n")
        let successor = try AgentUnderTest(
            settings.merging([
                "WEIR_SPOE_SOCKET": HAProxyUnderTest.socket(site.directory), "WEIR_SOCKET_GROUP": "haproxy",
            ]) { $1 }, in: site.directory)
        #expect(try eventually { try site.get("/").status == 429 })
        #expect(successor.program.isRunning)
    }

    @Test func failClosedMeansThatNothingPassesWithoutAnAgent() throws {
        let site = try HAProxyUnderTest(["WEIR_LIMITS": "all: 1000/s by ip"], isOpen: false)
        #expect(try eventually { try site.get("/").status == 200 })
        site.agent.program.stop()
        let closed = try site.get("/")
        #expect(closed.status == 503)
        #expect(closed.body == "The rate limiter does not answer.\n")
        #expect(closed["Cache-Control"] == "no-store")
        site.agent.program.send(SIGCONT)
        #expect(try eventually { try site.get("/").status == 200 })
        site.agent.program.kill()
        #expect(try site.get("/").status == 503)
    }

    @Test func anAgentThatStopsSaysFarewellAndNeedsNoGrace() throws {
        let settings = ["WEIR_LIMITS": "all: 100k/s by ip", "WEIR_DRAIN": "5s"]
        let site = try HAProxyUnderTest(settings)
        #expect(try site.get("/").status == 200)
        // HAProxy keeps its connection; the agent says farewell on it, and does not wait for the end of its grace.
        site.agent.program.send(SIGTERM)
        #expect(site.agent.program.wait(seconds: 4) == 0)
        #expect(try site.get("/").status == 200)
    }

    @Test func aThousandRequestsShareFewConnectionsToTheAgent() throws {
        let site = try HAProxyUnderTest(["WEIR_LIMITS": "all: 100k/s by ip"])
        let began = Date()
        let client = try ClientSocket(port: site.port)
        for _ in 0..<1_000 { #expect(try site.get("/", over: client).status == 200) }
        #expect(try site.agent.metric("weir_checks_total{decision=\"allow\"}") == 1_000)
        // One for each of HAProxy's threads, as requests and reports need them, and a health check a second.
        let checks = Int(-began.timeIntervalSinceNow) + 2
        let accepted = try #require(try site.agent.metric("weir_connections_accepted_total"))
        #expect(accepted <= 2 * ProcessInfo.processInfo.processorCount + checks, "\(checks) health checks")
    }

    @Test func reportsAreInTheUsage() throws {
        let site = try HAProxyUnderTest(["WEIR_LIMITS": "all: 100/s by ip", "WEIR_FLUSH": "100ms"])
        for path in ["/", "/a", "/missing"] { _ = try site.get(path) }
        #expect(try eventually { try site.agent.metric("weir_usage_reports_total") == 3 })
        func usage() throws -> [String: String] {
            let program = try RunningProgram(
                Programs.weir, ["usage", "--by", "outcome", "--csv"],
                environment: AgentUnderTest.environment(site.directory, 1), in: site.directory)
            #expect(program.wait() == 0)
            var rows: [String: String] = [:]
            for line in program.log.split(whereSeparator: \.isNewline) {
                let fields = line.split(separator: ",", omittingEmptySubsequences: false)
                guard let index = fields.firstIndex(where: { $0.hasSuffix("xx") }) else {
                    continue
                }
                rows[String(fields[index])] = fields[(index + 1)...].joined(separator: ",")
            }
            return rows
        }
        var found: [String: String] = [:]
        let isThere = try eventually {
            found = try usage()
            return found["2xx"] != nil && found["4xx"] != nil
        }
        #expect(isThere)
        // Calls, units, bytes in, bytes out: "the site\n" twice, "nothing here\n" once.
        #expect(found["2xx"] == "2,2,0,18", "\(found)")
        #expect(found["4xx"] == "1,1,0,13", "\(found)")
    }

    @Test func theLogLinesTellTheTicketTheStatusAndTheBytesOfBodies() throws {
        let site = try HAProxyUnderTest(["WEIR_LIMITS": "all: 4/h by ip"], isLogging: true)
        let log = try DatagramListener(site.directory.file("jail/run/weir/log.sock"))
        struct Line: Decodable {
            var t: String
            var s: Int
            var `in`: Int
            var out: Int
        }
        func line(of request: String, status: Int) throws -> Line {
            let client = try ClientSocket(port: site.port)
            client.send(request)
            #expect(client.receiveResponse()?.status == status)
            while true {
                let line = try JSONDecoder().decode(Line.self, from: Data(try #require(log.receive())))
                // The connection that found out whether HAProxy is up asked nothing.
                if line.s != 400 { return line }
            }
        }
        func get(_ path: String, status: Int = 200) throws -> Line {
            try line(of: "GET \(path) HTTP/1.1\r\nHost: site\r\n\r\n", status: status)
        }
        func post(_ body: String) throws -> Line {
            try line(
                of: "POST /ten HTTP/1.1\r\nHost: site\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)",
                status: 200)
        }
        let (ten, fifteen) = (try get("/ten"), try get("/fifteen"))
        #expect(fifteen.out - ten.out == 5)
        #expect(ten.s == 200)
        #expect(ten.t.utf8.count == Ticket.textBytes && fifteen.t.utf8.count == Ticket.textBytes)
        #expect(ten.t != fifteen.t)
        let (one, six) = (try post("1"), try post("123456"))
        #expect(six.in - one.in == 5)
        let denied = try get("/ten", status: 429)
        #expect(denied.s == 429)
        #expect(denied.t == "-")
        #expect(try site.agent.metric("weir_usage_reports_total") == 0)
    }

    // Why WEIR_SOCKET_GROUP must be the primary group of HAProxy's user.
    @Test func haproxyHasNoSupplementaryGroups() throws {
        let site = try HAProxyUnderTest(["WEIR_LIMITS": "all: 1000/s by ip"])
        let status = try String(contentsOfFile: "/proc/\(site.program.pid)/status", encoding: .utf8)
        let groups = try #require(status.split(separator: "\n").first { $0.hasPrefix("Groups:") })
        #expect(!groups.contains { $0.isNumber }, "\(groups)")
    }

    @Test(.enabled(if: access("/usr/bin/systemd-analyze", X_OK) == 0))
    func systemdTakesTheDropIn() throws {
        let directory = try TemporaryDirectory()
        let unit = "haproxy.service"
        try FileManager.default.createDirectory(
            atPath: directory.file("\(unit).d"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: "/lib/systemd/system/\(unit)", toPath: directory.file(unit))
        try FileManager.default.copyItem(
            atPath: "\(Programs.repository)/deploy/haproxy/\(unit).d/weir.conf",
            toPath: directory.file("\(unit).d/weir.conf"))
        let verify = try RunningProgram(
            "systemd-analyze", ["verify", directory.file(unit)],
            environment: ["SYSTEMD_UNIT_PATH": "\(directory.path):/lib/systemd/system"], in: directory)
        #expect(verify.wait(seconds: 60) == 0, "\(verify.log)")
        #expect(!verify.log.contains("weir.conf"), "\(verify.log)")
    }

    @Test func anAbstractSocketIsReachedThroughTheChrootByWhomItIsFor() throws {
        let site = try HAProxyUnderTest(["WEIR_LIMITS": "all: 1/h by ip", "WEIR_PEERS": "haproxy"], isAbstract: true)
        #expect(eventually { site.health() == "UP L7OK" }, "\(site.program.log)")
        #expect(try site.get("/").status == 200)
        #expect(try site.get("/").status == 429)
        #expect(site.agent.program.log.contains("  spoe    abns@\(HAProxyUnderTest.abstractName(site.directory))\n"))
        #expect(!FileManager.default.fileExists(atPath: HAProxyUnderTest.socket(site.directory)))
        let other = try HAProxyUnderTest(["WEIR_LIMITS": "all: 1/h by ip", "WEIR_PEERS": "root"], isAbstract: true)
        #expect(eventually { other.health().hasPrefix("DOWN") })
        #expect(try other.agent.metric("weir_connections_refused_total{reason=\"peer\"}") ?? 0 > 0)
    }
}

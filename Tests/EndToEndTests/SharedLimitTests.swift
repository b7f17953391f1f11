import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Agents that share limits through a real Redis: together they admit what one would, whatever happens to any of them.
@Suite struct SharedLimitTests {
    /// Twenty, and one more in an hour.
    private let bucket = "all: 1/h burst 20 by ip else deny on outage"

    @Test(arguments: ["all: 1/h burst 20 by ip", "all: 20/year by ip"])
    func agentsTogetherAdmitWhatOneWouldAndNotOneMore(_ limits: String) throws {
        let fleet = try FleetUnderTest(3, limits)
        var admitted = 0
        // What one gives back, another gets.
        let isSpent = try eventually(within: 30) {
            for agent in 0..<3 { admitted += try fleet.allowed(3, at: agent) }
            return admitted >= 20
        }
        #expect(isSpent)
        for agent in 0..<3 { admitted += try fleet.allowed(5, at: agent) }
        #expect(admitted == 20)
        #expect(try fleet.agents[0].check([("ip", "192.0.2.1")]).state == .shared)
        #expect(try fleet.allowed(1, at: 1, [("ip", "192.0.2.2")]) == 1, "another key has its own")
    }

    @Test func anAgentThatStopsGivesBackWhatItHolds() throws {
        let fleet = try FleetUnderTest(2, "all: 20/year by ip")
        let first = try fleet.allowed(8, at: 0)
        #expect(first == 8)
        fleet.agents[0].program.send(SIGTERM)
        #expect(fleet.agents[0].program.wait() == 0)
        // What an agent holds when it dies is nobody's until its lease is settled, which nobody does here.
        var second = 0
        let isSpent = try eventually(within: 5) {
            second += try fleet.allowed(4, at: 1)
            return second >= 12
        }
        #expect(isSpent, "\(second)")
        #expect(try fleet.allowed(5, at: 1) == 0)
    }

    @Test func whatAnAgentHeldWhenItWasKilledIsItsSuccessorsToSettle() throws {
        let fleet = try FleetUnderTest(2, "all: 20/year by ip")
        let first = try fleet.allowed(8, at: 0)
        fleet.agents[0].program.send(SIGKILL)
        _ = fleet.agents[0].program.wait()
        // What it did not spend is burned, for nobody knows.
        var second = 0
        _ = try eventually(within: 1) {
            second += try fleet.allowed(4, at: 1)
            return false
        }
        #expect(first + second < 20)
        let heir = try fleet.add(in: fleet.agents[0].directory)
        let isSpent = try eventually(within: 10) {
            second += try fleet.allowed(4, at: 1)
            return first + second >= 20
        }
        #expect(isSpent, "\(first) + \(second)")
        #expect(try fleet.allowed(5, at: 1) + fleet.allowed(5, at: 2) == 0)
        let files = try FileManager.default.contentsOfDirectory(atPath: heir.directory.file("run/usage"))
        #expect(files.count { $0.hasPrefix("leases-") } == 1)
    }

    @Test(arguments: ["FLUSHALL", "kill"])
    func aRedisThatHasForgottenEverythingIsToldOfWindowsAgain(_ loss: String) throws {
        let fleet = try FleetUnderTest(2, "all: 20/year by ip")
        var admitted = try fleet.allowed(7, at: 0) + fleet.allowed(7, at: 1)
        if loss == "kill" {
            fleet.redis.kill()
            try fleet.redis.start()
        } else {
            try fleet.redis.ask(loss)
        }
        // It grants nothing until every lease of before is over, and then what is left.
        let isSpent = try eventually(within: 30) {
            for agent in 0..<2 { admitted += try fleet.allowed(3, at: agent) }
            return admitted >= 20
        }
        #expect(isSpent, "\(admitted)")
        for agent in 0..<2 { admitted += try fleet.allowed(10, at: agent) }
        #expect(admitted == 20)
    }

    @Test func withoutRedisEachRuleSaysWhatHappensAndWithItAllIsAsBefore() throws {
        let fleet = try FleetUnderTest(
            1,
            "strict: 100/s by ip when path=/a else deny on outage; open: 100/s by ip when path=/b else allow on outage; own: 100/s by ip when path=/c"
        )
        func request(_ path: String) -> [(String, String)] { [("ip", "192.0.2.1"), ("path", path)] }
        for path in ["/a", "/b", "/c"] {
            #expect(try fleet.agents[0].check(request(path)).state == .shared)
        }
        fleet.redis.kill()
        #expect(
            try fleet.becomes(at: 0, request("/a")) { $0.state == .alone && $0.verdict == .deny && $0.reason == .rate })
        #expect(try fleet.becomes(at: 0, request("/b")) { $0.state == .alone && $0.verdict == .allow })
        #expect(try fleet.becomes(at: 0, request("/c")) { $0.state == .alone && $0.verdict == .allow })
        try fleet.redis.start()
        for path in ["/a", "/b", "/c"] {
            #expect(try fleet.becomes(at: 0, request(path)) { $0.state == .shared && $0.verdict == .allow })
        }
    }

    @Test func aRedisThatHangsDelaysNobodyForLongerThanTheBudget() throws {
        let fleet = try FleetUnderTest(1, "all: 1000/s by ip else deny on outage", ["WEIR_STORE_BUDGET": "10ms"])
        let client = try fleet.agents[0].connect()
        #expect(try fleet.becomes(at: 0) { $0.verdict == .allow })
        fleet.redis.pause()
        defer { fleet.redis.resume() }
        let late = try fleet.agents[0].check([("ip", "192.0.2.7")], over: client)
        #expect(late.verdict == .deny && late.reason == .overload && late.retryAfterMicroseconds > 0)
        #expect(try fleet.becomes(at: 0, [("ip", "192.0.2.7")]) { $0.state == .alone && $0.reason == .rate })
        fleet.redis.resume()
        #expect(try fleet.becomes(at: 0, [("ip", "192.0.2.7")]) { $0.state == .shared && $0.verdict == .allow })
    }

    @Test func othersOvertakeAFrameThatWaits() throws {
        let fleet = try FleetUnderTest(1, "all: 1000/s by ip", ["WEIR_STORE_BUDGET": "200ms"])
        fleet.redis.pause()
        defer { fleet.redis.resume() }
        let client = try fleet.agents[0].connect()
        let waits = CheckDraft(attributes: [("ip", Array("192.0.2.1".utf8))]).frame(id: 1)
        let ping = bytes(capacity: WireLimits.headerBytes) {
            FrameHeader(length: WireLimits.headerBytes, operation: .ping, id: 2).write(to: &$0)
        }
        try #require(client.send(waits + ping))
        func id(_ frame: [UInt8]) -> UInt64 { frame.withBytes { $0.uint64(8) } }
        #expect(id(try #require(client.receiveFrame())) == 2)
        #expect(id(try #require(client.receiveFrame())) == 1)
    }

    @Test func httpRequestsThatWaitKeepTheirOrder() throws {
        let fleet = try FleetUnderTest(1, "all: 1/h burst 2 by ip")
        let client = try ClientSocket(unix: fleet.agents[0].httpSocket)
        let request = "GET /check HTTP/1.1\r\nHost: weir\r\nWeir-Attr-ip: 192.0.2.1\r\n\r\n"
        client.send(request + request + request)
        let statuses = try (0..<3).map { _ in try #require(client.receiveResponse()).status }
        #expect(statuses == [200, 200, 429])
    }

    @Test func aForeignValueUnderAKeyIsNamedAndHeals() throws {
        let fleet = try FleetUnderTest(1, "all: 1000/s by ip else deny on outage")
        #expect(try fleet.allowed(1, at: 0) == 1)
        let key = try #require(
            try fleet.redis.ask("KEYS", "*:b*").split(separator: "\n").first.map(String.init))
        try fleet.redis.ask("DEL", key)
        try fleet.redis.ask("SET", key, "mine")
        #expect(try fleet.becomes(at: 0) { $0.state == .alone && $0.verdict == .deny })
        let name = key.split(separator: ":").last ?? ""
        let isTold = eventually { fleet.agents[0].program.log.contains("\(name): WRONGTYPE") }
        #expect(isTold, "\(fleet.agents[0].program.log)")
        #expect(try fleet.becomes(at: 0, [("ip", "192.0.2.2")]) { $0.state == .shared && $0.verdict == .allow })
        try fleet.redis.ask("DEL", key)
        #expect(try fleet.becomes(at: 0, within: 20) { $0.state == .shared && $0.verdict == .allow })
    }

    @Test func aStoreThatIsNotThereYetIsFoundWhenItComes() throws {
        let redis = try RedisUnderTest()
        redis.kill()
        let agent = try AgentUnderTest([
            "WEIR_REDIS_URL": redis.url, "WEIR_LIMITS": bucket, "WEIR_COLD_START": "trust",
        ])
        #expect(eventually { (try? agent.check([("ip", "192.0.2.1")]).state) == .alone })
        #expect(agent.program.log.contains("the shared store does not answer"))
        try redis.start()
        #expect(eventually { (try? agent.check([("ip", "192.0.2.1")]).verdict) == .allow })
    }

    @Test func aServerThatRefusesTheAgentIsNamedInTheStatusAndHeals() throws {
        let fleet = try FleetUnderTest(1, "all: 1000/s by ip else deny on outage")
        let talk = try RedisTalk(unix: fleet.redis.path)
        try talk.ask(["CONFIG", "SET", "requirepass", "another"])
        try talk.ask(["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"])
        #expect(try fleet.becomes(at: 0) { $0.state == .alone && $0.verdict == .deny })
        let isNamed = try eventually { try fleet.agents[0].admin("/status").contains("NOAUTH") }
        #expect(isNamed, "\(fleet.agents[0].program.log)")
        try talk.ask(["CONFIG", "SET", "requirepass", ""])
        #expect(try fleet.becomes(at: 0, within: 20) { $0.state == .shared && $0.verdict == .allow })
    }

    @Test func aCertificateForAnotherNameIsNamedAndTheAgentRunsOn() throws {
        let files = try Certificates.shared.get()
        let port = freePort()
        let redis = try RedisUnderTest(
            [
                "--tls-port", "\(port)", "--tls-cert-file", files.file("server.pem"), "--tls-key-file",
                files.file("server.key"), "--tls-ca-cert-file", files.file("ca.pem"), "--tls-auth-clients", "no",
            ])
        func settings(_ name: String) -> [String: String] {
            [
                "WEIR_REDIS_URL": "rediss://127.0.0.1:\(port)", "WEIR_REDIS_CA": files.file("ca.pem"),
                "WEIR_REDIS_SERVER_NAME": name, "WEIR_LIMITS": "all: 10/s by ip else deny on outage",
                "WEIR_COLD_START": "trust",
            ]
        }
        let wrong = try AgentUnderTest(settings("other.test"))
        #expect(eventually { (try? wrong.check([("ip", "192.0.2.1")]).state) == .alone })
        #expect(eventually { wrong.program.log.contains("certificate is not for other.test") }, "\(wrong.program.log)")
        let right = try AgentUnderTest(settings("localhost"))
        let isShared = eventually { (try? right.check([("ip", "192.0.2.1")]).state) == .shared }
        #expect(isShared, "\(right.program.log)")
        withExtendedLifetime(redis) {}
    }

    @Test func statusMetricsAndExplainSayWhatIsLeasedAndWhy() throws {
        let fleet = try FleetUnderTest(1, "all: 1/h burst 5 by ip else deny on outage")
        let agent = fleet.agents[0]
        func weir(_ words: String...) throws -> (code: Int32?, text: String) {
            let directory = try TemporaryDirectory()
            let program = try RunningProgram(
                Programs.weir, words, environment: ["WEIR_ADMIN_LISTEN": "127.0.0.1:\(agent.adminPort)"], in: directory)
            return withExtendedLifetime(directory) { (program.wait(), program.log) }
        }
        let before = try weir("explain", "ip=192.0.2.1")
        #expect(before.code == 0 && before.text.contains("all: asks the store"), "\(before)")
        #expect(try fleet.allowed(9, at: 0) == 5)
        let denied = try weir("explain", "ip=192.0.2.1")
        #expect(denied.text.contains("in hand, 0 in the store"), "\(denied)")
        let status = try weir("status")
        // Redis without an append-only file is something to look at.
        #expect(status.code == 1 && status.text.contains("no append-only file"), "\(status)")
        #expect(status.text.contains("shared counters"), "\(status)")
        #expect(try agent.metric("weir_rule_lease_tokens_total{rule=\"all\",flow=\"granted\"}") == 5)
        fleet.redis.kill()
        #expect(try fleet.becomes(at: 0, [("ip", "192.0.2.7")]) { $0.state == .alone })
        let away = try weir("explain", "ip=192.0.2.7")
        #expect(away.code == 1 && away.text.contains("else deny on outage"), "\(away)")
        #expect(try weir("status").text.contains("outage policies decide"))
        let wrong = try weir("explain", "ip=1", "ip=2")
        #expect(wrong.code == 2 && wrong.text.contains("given twice"), "\(wrong)")
    }

    @Test func whatIsWrongWithTheAddressIsSaidAtTheStart() throws {
        let agent = try AgentUnderTest(["WEIR_REDIS_URL": "redis://:secret@host:port"], isReady: false)
        #expect(agent.program.wait() == 64)
        #expect(agent.program.log.contains("WEIR_REDIS_URL: port at column"))
        #expect(!agent.program.log.contains("secret"))
    }
}

import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// The agent as a process: how it starts, serves, is followed and stops.
@Suite struct AgentTests {
    // MARK: Start

    @Test func withNoVariableAtAllAndWithoutRootItRuns() throws {
        let directory = try TemporaryDirectory()
        // The programs may lie where nobody else may look.
        let program = directory.file("weir-agent")
        try FileManager.default.copyItem(atPath: Programs.agent, toPath: program)
        chmod(directory.path, 0o777)
        let home = directory.file("home")
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        chown(home, 65_534, 65_534)
        // The admin port may be taken by another test: that is a warning, not an end.
        let agent = try RunningProgram(
            "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", program], environment: ["HOME": home],
            in: directory)
        #expect(eventually { agent.log.contains("Try it:") || !agent.isRunning })
        let state = "\(home)/.local/state/weir"
        #expect(
            agent.log.contains(
                "weir-agent 0.1.0 · local counters (no WEIR_REDIS_URL) · usage in \(state) (no WEIR_COLLECTOR_URL)"))
        #expect(
            agent.log.contains(
                "  rule    default: 200/s burst 400 by ip      change it with WEIR_LIMITS or WEIR_POLICY"))
        #expect(agent.log.contains("  native  \(state)/run/agent.sock  0660 nobody:nogroup"))
        #expect(agent.log.contains("  http    \(state)/run/http.sock  0660 nobody:nogroup"))
        let socket = try ClientSocket(unix: "\(state)/run/agent.sock")
        socket.send(CheckDraft(attributes: [("ip", Array("192.0.2.1".utf8))]).frame(id: 1))
        #expect(try AgentUnderTest.answer(try #require(socket.receiveFrame())).remaining == 399)
        agent.send(SIGTERM)
        #expect(agent.wait() == 0)
    }

    @Test func whatIsWrongIsToldAtOnceWith64() throws {
        let directory = try TemporaryDirectory()
        let secret = try directory.write("token", "x")
        chmod(secret, 0o644)
        let agent = try RunningProgram(
            Programs.agent,
            environment: [
                "WEIR_LIMITS": "a: 5/minute; b: 1/s by", "WEIR_FLUSH": "1", "WEIR_LIMTS": "x",
                "WEIR_COLLECTOR_TOKEN_FILE": secret,
                "WEIR_POLICY": "/nowhere/policy.weir",
            ], in: directory)
        #expect(agent.wait() == 64)
        let lines = agent.log.split(separator: "\n").map(String.init)
        #expect(lines.count == 6)
        #expect(lines.allSatisfy { $0.hasPrefix("weir-agent: ") })
        for part in [
            "WEIR_FLUSH=1: expected a duration",
            "WEIR_COLLECTOR_TOKEN_FILE=\(secret): every user can read it: chmod 0600",
            "WEIR_LIMTS: no program of Weir knows this variable: did you mean WEIR_LIMITS?",
            "WEIR_LIMITS:1:4: expected a unit", "WEIR_LIMITS:1:23: expected an attribute",
            "/nowhere/policy.weir:1:1: cannot read the file",
        ] {
            #expect(lines.contains { $0.contains(part) }, "\(part) in \(agent.log)")
        }
    }

    @Test func windowsOfTheCalendarHoldAndAZoneThatDoesNotExistIsRefused() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "daily: 2/day by ip", "WEIR_ZONE": "Asia/Shanghai"])
        for remaining: UInt64 in [1, 0] { #expect(try agent.check([("ip", "192.0.2.1")]).remaining == remaining) }
        let denied = try agent.check([("ip", "192.0.2.1")])
        #expect(denied.reason == .quota)
        // Shanghai has had no other offset since 1991: its midnight is 16:00 UTC.
        let left = 86_400 - (Date().timeIntervalSince1970 + 8 * 3_600).truncatingRemainder(dividingBy: 86_400)
        #expect(abs(Double(denied.retryAfterMicroseconds) / 1e6 - left) < 60 || left < 60)
        let directory = try TemporaryDirectory()
        let wrong = try RunningProgram(
            Programs.agent, environment: ["WEIR_ZONE": "Asia/Shangai", "WEIR_LIMITS": "a: 1/day in Berlin"],
            in: directory)
        #expect(wrong.wait() == 64)
        #expect(
            wrong.log.contains(
                "WEIR_ZONE=Asia/Shangai: expected a time zone such as UTC or Europe/Berlin: did you mean Asia/Shanghai?"
            ))
        #expect(wrong.log.contains("found \"Berlin\"; try Europe/Berlin"))
    }

    /// Local counters survive: a kill forgets nothing; when memory is gone as well, as after a restart of the machine,
    /// windows return from the journal and buckets start full.
    @Test func aKillForgetsNoCounterAndARestartOfTheMachineNoWindow() throws {
        let directory = try TemporaryDirectory()
        let settings = ["WEIR_LIMITS": "steady: 5/h by ip; daily: 7/day by user", "WEIR_FLUSH": "100ms"]
        let first = try AgentUnderTest(settings, in: directory)
        for _ in 0..<3 { _ = try first.check([("ip", "192.0.2.1")]) }
        for _ in 0..<4 { _ = try first.check([("user", "u")]) }
        first.program.kill()
        let second = try AgentUnderTest(settings, in: directory)
        #expect(second.program.log.contains("counters of an earlier run go on: 2"))
        #expect(try second.check([("ip", "192.0.2.1")]).remaining == 1)
        #expect(try second.check([("user", "u")]).remaining == 2)
        #expect(try directory.names(in: "run/usage").filter { $0.hasPrefix("limits-") }.count == 1)
        second.program.send(SIGTERM)
        #expect(second.program.wait() == 0)
        try FileManager.default.removeItem(atPath: directory.file("run"))
        let third = try AgentUnderTest(settings, in: directory)
        #expect(try third.check([("ip", "192.0.2.1")]).remaining == 4)
        #expect(try third.check([("user", "u")]).remaining == 1)
        // Nobody waits for the journal: it is read before the first check, and sealed again behind it.
        #expect(eventually { third.program.log.contains("recovered usage of 1 earlier runs") })
        third.program.kill()
        try FileManager.default.removeItem(atPath: directory.file("run"))
        let fourth = try AgentUnderTest(settings, in: directory)
        // At most what the last flush interval counted is lost: six or five of seven were used before.
        #expect(try fourth.check([("user", "u")]).remaining <= 1)
    }

    @Test func whatTheMachineLacksEndsWith69() throws {
        let first = try AgentUnderTest()
        func start(_ settings: [String: String]) throws -> (Int32?, String) {
            let directory = try TemporaryDirectory()
            let base = AgentUnderTest.environment(directory, freePort())
            let agent = try RunningProgram(Programs.agent, environment: base.merging(settings) { $1 }, in: directory)
            return (agent.wait(), agent.log)
        }
        let (same, sameLog) = try start([
            "WEIR_RUNTIME_DIR": first.directory.file("run"), "WEIR_STATE_DIR": first.directory.file("state"),
        ])
        #expect(same == 69)
        #expect(sameLog.contains("is in use by another agent"))
        let (socket, socketLog) = try start(["WEIR_SOCKET": first.socket])
        #expect(socket == 69)
        #expect(socketLog.contains("\(first.socket) is in use by another agent: stop it, or set WEIR_SOCKET"))
        #expect(try start(["WEIR_STATE_DIR": "/proc/nowhere"]).0 == 69)
        let taken = try TemporaryDirectory()
        try taken.write("agent.sock", "not a socket")
        let (file, fileLog) = try start(["WEIR_SOCKET": taken.file("agent.sock")])
        #expect(file == 69)
        #expect(fileLog.contains("exists and is no socket"))
        symlink(first.socket, taken.file("link.sock"))
        #expect(try start(["WEIR_SOCKET": taken.file("link.sock")]).0 == 69)
        symlink(taken.path, "\(taken.path)-link")
        defer { unlink("\(taken.path)-link") }
        #expect(try start(["WEIR_SOCKET": "\(taken.path)-link/a.sock"]).0 == 69)
        chmod(taken.path, 0o777)
        let (open, openLog) = try start(["WEIR_SOCKET": taken.file("open.sock")])
        #expect(open == 69)
        #expect(openLog.contains("writable by every user"))
        let (group, groupLog) = try start(["WEIR_SOCKET_GROUP": "no-such-group"])
        #expect(group == 69)
        #expect(groupLog.contains("no group \"no-such-group\""))
        #expect(try start(["WEIR_SOCKET": "/tmp/\(String(repeating: "x", count: 120)).sock"]).0 == 69)
        // The first one did not feel any of it.
        #expect(try first.check([("ip", "192.0.2.1")]).verdict == .allow)
    }

    @Test func aTakenAdminPortIsAWarningNotAnEnd() throws {
        let first = try AgentUnderTest()
        let second = try AgentUnderTest(["WEIR_ADMIN_LISTEN": "127.0.0.1:\(first.adminPort)"])
        #expect(second.program.log.contains("no health, metrics and status"))
        #expect(try second.check([("ip", "192.0.2.1")]).verdict == .allow)
    }

    @Test func theSocketHasItsModeAndGroupAndReplacesAStaleOne() throws {
        let directory = try TemporaryDirectory()
        let first = try AgentUnderTest(["WEIR_SOCKET_MODE": "0600", "WEIR_SOCKET_GROUP": "daemon"], in: directory)
        var info = stat()
        #expect(lstat(first.socket, &info) == 0)
        #expect(info.st_mode & 0o777 == 0o600)
        #expect(info.st_gid == 1)
        first.program.kill()
        #expect(lstat(first.socket, &info) == 0, "a kill leaves the socket's file")
        let second = try AgentUnderTest(in: directory)
        #expect(try second.check([("ip", "192.0.2.1")]).verdict == .allow)
        second.program.send(SIGTERM)
        #expect(second.program.wait() == 0)
        #expect(lstat(second.socket, &info) != 0, "a stop takes it away")
        #expect(try directory.names(in: "run").filter { $0.hasPrefix(".") }.isEmpty)
    }

    // MARK: Serving

    @Test func bothDoorsShareTheCounters() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "all: 5/min by ip"])
        #expect(try agent.check([("ip", "192.0.2.1")]).remaining == 4)
        #expect(try agent.http("/nginx", ["X-Real-IP: 192.0.2.1"])["Weir-Remaining"] == "3")
        #expect(try agent.http("/check", ["Weir-Attr-ip: 192.0.2.1"])["Weir-Remaining"] == "2")
    }

    @Test func manyRequestsInFlightAreAnsweredOnOneConnection() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "all: 300/h by ip"])
        let client = try agent.connect()
        let frames = (1...1_000).flatMap {
            CheckDraft(attributes: [("ip", Array("192.0.2.1".utf8))]).frame(id: UInt64($0))
        }
        client.send(frames)
        var ids: Set<UInt64> = []
        var allowed = 0
        for _ in 0..<1_000 {
            let frame = try #require(client.receiveFrame())
            ids.insert(
                try #require(try frame.withBytes { bytes throws(WireError) in try FrameHeader(reading: bytes) }).id)
            if try AgentUnderTest.answer(frame).verdict == .allow { allowed += 1 }
        }
        #expect(ids.count == 1_000)
        #expect(allowed == 300)
    }

    @Test func aThousandKeepAliveRequestsShareOneHTTPConnection() throws {
        let agent = try AgentUnderTest()
        let client = try ClientSocket(unix: agent.httpSocket)
        for _ in 0..<1_000 {
            client.send("GET /nginx HTTP/1.1\r\nHost: weir\r\nX-Real-IP: 192.0.2.1\r\n\r\n")
            let reply = try #require(client.receiveResponse())
            #expect(reply.status == 200 || reply.status == 403)
        }
        #expect(try agent.metric("weir_connections_accepted_total") == 1)
    }

    @Test func theTCPListenerServesProxiesAndNotChecks() throws {
        let port = freePort()
        let agent = try AgentUnderTest(["WEIR_HTTP_LISTEN": "127.0.0.1:\(port)"])
        func status(_ target: String) throws -> Int? {
            let client = try ClientSocket(port: port)
            client.send("GET \(target) HTTP/1.1\r\nHost: weir\r\n\r\n")
            return client.receiveResponse()?.status
        }
        #expect(try status("/forward") == 200)
        #expect(try status("/check") == 404)
        #expect(try agent.http("/check").status == 200)
        let otherPort = freePort()
        let trusting = try AgentUnderTest(["WEIR_HTTP_LISTEN": "127.0.0.1:\(otherPort)", "WEIR_HTTP_TRUST_TCP": "on"])
        let client = try ClientSocket(port: otherPort)
        client.send("GET /check HTTP/1.1\r\nHost: weir\r\n\r\n")
        #expect(client.receiveResponse()?.status == 200)
        #expect(trusting.program.isRunning)
    }

    @Test func checksMayHaveASocketOfTheirOwn() throws {
        let directory = try TemporaryDirectory()
        let agent = try AgentUnderTest(["WEIR_CHECK_SOCKET": directory.file("check.sock")])
        #expect(try agent.http("/check").status == 404)
        let client = try ClientSocket(unix: directory.file("check.sock"))
        client.send("GET /check HTTP/1.1\r\nHost: weir\r\n\r\nGET /nginx HTTP/1.1\r\nHost: weir\r\n\r\n")
        #expect(client.receiveResponse()?.status == 200)
        #expect(client.receiveResponse()?.status == 404)
    }

    @Test func strangersAreTurnedAway() throws {
        let agent = try AgentUnderTest(["WEIR_PEERS": "daemon"])
        let client = try agent.connect()
        let frame = try #require(client.receiveFrame())
        let error = try frame.withBytes { bytes throws(WireError) in try ErrorFrame(reading: bytes) }
        #expect(error.code == WireError.Code.notAllowed.rawValue)
        let http = try ClientSocket(unix: agent.httpSocket)
        #expect(http.receiveResponse()?.status == 403)
        let allowed = try AgentUnderTest(["WEIR_PEERS": "root, @daemon"])
        #expect(try allowed.check([("ip", "192.0.2.1")]).verdict == .allow)
    }

    @Test func adminShowsHealthMetricsStatusAndSettings() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "all: 2/min by ip", "WEIR_COLLECTOR_TOKEN": "very-secret-token"])
        for _ in 0..<3 { _ = try agent.check([("ip", "192.0.2.1")]) }
        #expect(try agent.admin("/livez") == "ok\n")
        #expect(try agent.admin("/readyz") == "ok\n")
        #expect(try agent.metric("weir_checks_total{decision=\"allow\"}") == 2)
        #expect(try agent.metric("weir_checks_total{decision=\"deny\"}") == 1)
        #expect(try agent.metric("weir_rule_checks_total{rule=\"all\",result=\"denied\"}") == 1)
        #expect(try agent.metric("weir_limit_keys") == 1)
        #expect(try agent.admin("/metrics").contains("# TYPE weir_checks_total counter"))
        let status = try agent.admin("/status")
        #expect(status.contains("\"durability\""))
        #expect(status.contains("\"text\" : \"2/min by ip\""))
        let settings = try agent.admin("/settings")
        #expect(settings.contains("\"WEIR_COLLECTOR_TOKEN\""))
        #expect(!settings.contains("very-secret-token"))
        #expect(try agent.admin("/nowhere").contains("expected /livez"))
    }

    // MARK: The policy's file

    @Test func thePolicyIsFollowedThroughWritesRenamesLinksAndSIGHUP() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.weir", "all: 5/h by ip\n")
        let link = directory.file("policy.weir")
        symlink(path, link)
        let agent = try AgentUnderTest(["WEIR_POLICY": link])
        func limit(_ expected: UInt64) throws -> Bool {
            try eventually { try agent.check([("ip", "192.0.2.1")], cost: 0).limit == expected }
        }
        #expect(try agent.check([("ip", "192.0.2.1")]).remaining == 4)
        // Written in place.
        try "all: 7/h by ip\n".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(try limit(7))
        // Renamed over.
        try directory.write("b.weir", "all: 9/h by ip\n")
        rename(directory.file("b.weir"), path)
        #expect(try limit(9))
        // The link swapped, as Kubernetes does it.
        try directory.write("c.weir", "all: 11/h by ip\n")
        symlink(directory.file("c.weir"), directory.file("next"))
        rename(directory.file("next"), link)
        #expect(try limit(11))
        // What was used stays used: one of eleven.
        #expect(try agent.check([("ip", "192.0.2.1")], cost: 0).remaining == 10)
        // A wrong one leaves the running one, and says so.
        try directory.write("c.weir", "all: 11/minute by ip\n")
        #expect(eventually { agent.program.log.contains("the running policy stays") })
        #expect(agent.program.log.contains("policy.weir:1:6: expected a unit"))
        #expect(try agent.check([("ip", "192.0.2.1")], cost: 0).limit == 11)
        #expect(try agent.admin("/status").contains("policyRefusal"))
        #expect(try agent.metric("weir_policy_refusals_total") == 1)
        // So does one that is gone.
        unlink(link)
        #expect(eventually { agent.program.log.contains("is gone") })
        #expect(try agent.check([("ip", "192.0.2.1")], cost: 0).limit == 11)
        try directory.write("policy.weir", "all: 13/h by ip\n")
        #expect(try limit(13))
        #expect(try eventually { try agent.metric("weir_policy_reloads_total") == 4 })
        agent.program.send(SIGHUP)
        #expect(try eventually { try agent.metric("weir_policy_reloads_total") == 5 })
        #expect(try !agent.admin("/status").contains("policyRefusal"))
    }

    // MARK: Stop

    @Test func sigtermAnswersWhatIsInFlightSaysGoawayAndEndsWith0() throws {
        let agent = try AgentUnderTest(["WEIR_DRAIN": "2s", "WEIR_LIMITS": "all: 1000/s by ip"])
        let client = try agent.connect()
        _ = try agent.check([("ip", "192.0.2.1")], over: client)
        agent.program.send(SIGTERM)
        let goaway = try #require(client.receiveFrame())
        let header = try #require(try goaway.withBytes { bytes throws(WireError) in try FrameHeader(reading: bytes) })
        #expect(header.operation == .goaway)
        // Within its grace it still decides, and counts.
        #expect(try agent.check([("ip", "192.0.2.1")], over: client, id: 2).verdict == .allow)
        #expect(throws: (any Error).self) { try agent.connect() }
        #expect(agent.program.wait() == 0)
        let usage = try RunningProgram(
            Programs.weir, ["usage", "--json"], environment: AgentUnderTest.environment(agent.directory, 1),
            in: agent.directory)
        #expect(usage.wait() == 0)
        #expect(usage.log.contains("\"calls\" : 2"))
    }

    @Test func withoutConnectionsItEndsAtOnce() throws {
        let agent = try AgentUnderTest(["WEIR_DRAIN": "60s"])
        agent.program.send(SIGTERM)
        #expect(agent.program.wait(seconds: 5) == 0)
    }

    /// Tables that nobody fills would use up the memory that they lie in, one start after the other.
    @Test func aStartThatFailsLeavesNoTables() throws {
        let directory = try TemporaryDirectory()
        let first = try AgentUnderTest(["WEIR_LIMITS": "all: 2/day by user"], in: directory)
        #expect(try first.check([("user", "u")]).verdict == .allow)
        first.program.kill()
        let left = try directory.names(in: "run/usage")
        for _ in 0..<3 {
            let failing = try AgentUnderTest(
                ["WEIR_LIMITS": "all: 2/day by user", "WEIR_SOCKET_GROUP": "no-such-group"], in: directory,
                isReady: false)
            #expect(failing.program.wait() == 69, "\(failing.program.log)")
        }
        let names = try directory.names(in: "run/usage")
        #expect(names.filter { $0.hasPrefix("hot-") } == left.filter { $0.hasPrefix("hot-") })
        #expect(names.filter { $0.hasPrefix("limits-") }.count == 1)
        let last = try AgentUnderTest(["WEIR_LIMITS": "all: 2/day by user"], in: directory)
        #expect(try last.check([("user", "u")]).remaining == 0)
    }
}

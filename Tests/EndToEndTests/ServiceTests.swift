import Foundation
import Testing
import WeirTestSupport

/// What the programs tell a service manager, and what probes that run a command see.
@Suite struct ServiceTests {
    private func weir(
        _ arguments: [String], _ environment: [String: String] = [:], in directory: TemporaryDirectory
    ) throws -> (code: Int32?, output: String) {
        let program = try RunningProgram(Programs.weir, arguments, environment: environment, in: directory)
        return (program.wait(), program.log)
    }

    @Test func theAgentSaysWhenItServesReloadsAndStops() throws {
        let directory = try TemporaryDirectory()
        let socket = try NotifySocket(directory.file("notify"))
        let agent = try AgentUnderTest(["NOTIFY_SOCKET": socket.path], in: directory)
        #expect(socket.next() == "READY=1")
        agent.program.send(SIGHUP)
        #expect(socket.next()?.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") == true)
        #expect(socket.next() == "READY=1")
        agent.program.send(SIGTERM)
        #expect(socket.next() == "STOPPING=1")
        #expect(agent.program.wait() == 0)
    }

    @Test func theAgentShowsThatItsReactorComesRoundAndAHungOneDoesNot() throws {
        let directory = try TemporaryDirectory()
        let socket = try NotifySocket(directory.file("notify"))
        let agent = try AgentUnderTest(
            ["NOTIFY_SOCKET": socket.path, "WATCHDOG_USEC": "200000"], in: directory)
        #expect(socket.next(but: "WATCHDOG=1") == "READY=1")
        for _ in 0..<3 { #expect(socket.next() == "WATCHDOG=1") }
        // The thread that decides hangs, all others run: nothing is said any more. It comes round: signs of life go on.
        let reactor = try #require(try thread("weir-reactor", of: agent.program.pid))
        let debugger = try RunningProgram(
            "strace",
            [
                "-p", "\(reactor)", "-o", directory.file("trace"), "-e",
                "inject=epoll_wait,epoll_pwait:delay_exit=1500000",
            ],
            in: directory)
        #expect(eventually { !((try? String(contentsOfFile: directory.file("trace"), encoding: .utf8)) ?? "").isEmpty })
        let start = Date()
        var longest = 0.0
        var last = start
        while Date().timeIntervalSince(start) < 3 {
            guard socket.next() == "WATCHDOG=1" else { break }
            longest = max(longest, Date().timeIntervalSince(last))
            last = Date()
        }
        #expect(longest > 1)
        debugger.send(SIGTERM)
        #expect(debugger.wait() != nil)
        #expect(socket.next() == "WATCHDOG=1")
    }

    private func thread(_ name: String, of process: Int32) throws -> Int32? {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task").compactMap { Int32($0) }.first {
            (try? String(contentsOfFile: "/proc/\(process)/task/\($0)/comm", encoding: .utf8)) == "\(name)\n"
        }
    }

    @Test func theCollectorSaysWhenItListens() throws {
        let directory = try TemporaryDirectory()
        let socket = try NotifySocket(directory.file("notify"))
        let collector = try RunningProgram(
            Programs.collector, [],
            environment: [
                "NOTIFY_SOCKET": socket.path, "WEIR_STATE_DIR": directory.file("state"),
                "WEIR_LISTEN": "127.0.0.1:\(freePort())",
            ], in: directory)
        #expect(socket.next() == "READY=1", "\(collector.log)")
        collector.send(SIGTERM)
        #expect(collector.wait() == 0)
    }

    @Test func probesAskTheSocketsAndCountNothing() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "all: 1/h by ip; no: deny when path=/no", "WEIR_PEERS": "0"])
        let environment = AgentUnderTest.environment(agent.directory, agent.adminPort)
        let ready = try weir(["ready"], environment, in: agent.directory)
        #expect(ready.code == 0)
        #expect(
            ready.output.contains(try Regex("native  \(agent.socket)  [0-9.]+ (µs|ms)\nhttp  \(agent.httpSocket)  ")))
        let live = try weir(["live"], environment, in: agent.directory)
        #expect(live.code == 0)
        #expect(live.output.hasPrefix("native  \(agent.socket)  "))
        #expect(try agent.metric("weir_checks_total{decision=\"allow\"}") == 0)
        #expect(try agent.metric("weir_checks_total{decision=\"deny\"}") == 0)
        // Another door, where the first one is off; and neither.
        let http = try weir(["live"], environment.merging(["WEIR_SOCKET": "off"]) { $1 }, in: agent.directory)
        #expect(http.output.hasPrefix("http  \(agent.httpSocket)  "))
        let none = environment.merging(["WEIR_SOCKET": "off", "WEIR_HTTP_SOCKET": "off", "WEIR_SPOE_SOCKET": "off"]) {
            $1
        }
        #expect(try weir(["live"], none, in: agent.directory).code == 2)
        #expect(try weir(["ready"], none, in: agent.directory).code == 2)
        // A door that is not served is no readiness.
        let other = try weir(
            ["ready"], environment.merging(["WEIR_CHECK_SOCKET": "/nowhere.sock"]) { $1 }, in: agent.directory)
        #expect(other.code == 2)
        #expect(
            other.output.contains(
                "check  /nowhere.sock: there is no socket: start weir-agent, or set WEIR_CHECK_SOCKET"))
    }

    @Test func probesTellAnAgentThatHangsRefusesOrIsGone() throws {
        let agent = try AgentUnderTest(["WEIR_PEERS": "0"])
        let environment = AgentUnderTest.environment(agent.directory, agent.adminPort)
        agent.program.stop()
        for command in ["live", "ready"] {
            let hangs = try weir([command, "--timeout", "100"], environment, in: agent.directory)
            #expect(hangs.code == 2)
            #expect(hangs.output.contains("the agent does not answer within 1"))
        }
        agent.program.send(SIGCONT)
        let refused = try AgentUnderTest(["WEIR_PEERS": "www-data"])
        let ready = try weir(
            ["ready"], AgentUnderTest.environment(refused.directory, refused.adminPort), in: refused.directory)
        #expect(ready.code == 2)
        for socket in [refused.socket, refused.httpSocket] {
            #expect(ready.output.contains("\(socket): the agent refuses this user, or has no room"))
        }
        agent.program.kill()
        let gone = try weir(["live"], environment, in: agent.directory)
        #expect(gone.code == 2)
        #expect(gone.output == "native  \(agent.socket): nobody listens on it any more: start weir-agent\n")
    }

    @Test func anAgentWithoutItsStoreAndCollectorIsReady() throws {
        let agent = try AgentUnderTest([
            "WEIR_REDIS_URL": "redis://127.0.0.1:\(freePort())", "WEIR_LIMITS": "all: 5/s by ip",
            "WEIR_COLLECTOR_URL": "http://127.0.0.1:\(freePort())", "WEIR_COLLECTOR_TOKEN": "t",
        ])
        let environment = AgentUnderTest.environment(agent.directory, agent.adminPort)
        #expect(try weir(["ready"], environment, in: agent.directory).code == 0)
        #expect(try weir(["live"], environment, in: agent.directory).code == 0)
    }
}

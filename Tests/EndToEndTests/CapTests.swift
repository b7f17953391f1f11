import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// The caps on what a client may bring, each with its setting and its metric; `HostileClientTests` has those on its time.
@Suite struct CapTests {
    private func errorCode(_ frame: [UInt8]?) throws -> WireError.Code? {
        let frame = try #require(frame)
        return WireError.Code(
            rawValue: try frame.withBytes { bytes throws(WireError) in try ErrorFrame(reading: bytes).code })
    }

    private func check(_ user: String, bytes: Int = 0) -> [UInt8] {
        let padding = bytes > 0 ? [("filler", [UInt8](repeating: 0x78, count: bytes))] : []
        return CheckDraft(attributes: [("user", Array(user.utf8))] + padding).frame(id: 1)
    }

    // MARK: Connections

    @Test func aConnectionThatSaysNothingIsClosed() throws {
        let agent = try AgentUnderTest(["WEIR_HELLO_DEADLINE": "200ms"])
        let good = try agent.connect()
        #expect(try agent.check([("ip", "192.0.2.1")], over: good).verdict == .allow)
        let native = try agent.connect()
        let http = try ClientSocket(unix: agent.httpSocket)
        #expect(try errorCode(native.receiveFrame()) == .timeout)
        #expect(native.receiveAll() == [])
        // A proxy that dials ahead would take a 408 for the answer to its next request.
        #expect(http.receiveAll() == [])
        #expect(try agent.metric("weir_door_silent_total") == 2)
        // Who has spoken once may be silent for as long as he likes.
        #expect(try agent.check([("ip", "192.0.2.1")], over: good).verdict == .allow)
    }

    @Test(arguments: ["WEIR_MAX_CONNECTIONS", "WEIR_MAX_CONNECTIONS_PER_USER"])
    func whereConnectionsRunOutTheLongestSilentOneGivesWay(_ cap: String) throws {
        let agent = try AgentUnderTest([cap: "3"])
        let spoken = try agent.connect()
        #expect(try agent.check([("ip", "192.0.2.1")], over: spoken).verdict == .allow)
        let (first, second) = (try agent.connect(), try agent.connect())
        // For a second it is the newcomers that are refused.
        var newcomer: ClientSocket?
        let isServed = try eventually {
            let client = try agent.connect()
            newcomer = client
            return client.send(check("u")) && (try? errorCode(client.receiveFrame())) == nil
        }
        #expect(isServed)
        #expect(try errorCode(first.receiveFrame()) == .timeout)
        #expect(first.receiveAll() == [])
        for client in [spoken, second] {
            #expect(try agent.check([("ip", "192.0.2.1")], over: client).verdict == .allow)
        }
        #expect(try agent.metric("weir_door_silent_total") == 1)
        #expect(newcomer != nil)
    }

    @Test func oneThatConnectsAheadStaysForAWhile() throws {
        let agent = try AgentUnderTest()
        let ahead = try agent.connect()
        let pinged = try agent.connect()
        pinged.send(WeirCore.bytes(capacity: 16) { FrameHeader(length: 16, operation: .ping, id: 1).write(to: &$0) })
        #expect(pinged.receiveFrame()?.count == 16)
        #expect(ahead.receive(within: 1.5) == nil, "it was closed")
        #expect(try agent.check([("ip", "192.0.2.1")], over: ahead).verdict == .allow)
    }

    @Test func allOfTCPIsOneUser() throws {
        let port = freePort()
        let agent = try AgentUnderTest([
            "WEIR_HTTP_LISTEN": "127.0.0.1:\(port)", "WEIR_MAX_CONNECTIONS_PER_USER": "2",
        ])
        let two = try (0..<2).map { _ in try ClientSocket(port: port) }
        let third = try ClientSocket(port: port)
        #expect(third.receiveResponse()?.status == 503)
        #expect(try agent.metric("weir_connections_refused_total{reason=\"user\"}") == 1)
        #expect(try agent.check([("ip", "192.0.2.1")]).verdict == .allow)
        #expect(two.count == 2)
    }

    @Test func whereFewFilesMayBeOpenConnectionsLeaveRoomForTheJournal() throws {
        let agent = try AgentUnderTest(["WEIR_FLUSH": "100ms"], behind: ["prlimit", "--nofile=160:160", "--"])
        let taken = try #require(
            agent.program.log.firstMatch(of: /WEIR_MAX_CONNECTIONS=1024 is taken as ([0-9]+); raise/))
        let room = try #require(Int(taken.1))
        #expect(try agent.metric("weir_connections_maximum") == room)
        let clients = try (0..<200).map { _ in try agent.connect() }
        #expect(try agent.check([("ip", "192.0.2.1")], over: clients[0]).verdict == .allow)
        #expect(try errorCode(clients[199].receiveFrame()) == .overload)
        #expect(try eventually { try agent.metric("weir_journal_sealing") == 1 })
        #expect(try agent.metric("weir_journal_failures_total") == 0)
        #expect(try agent.metric("weir_connections_refused_total{reason=\"files\"}") == 0)
    }

    @Test func whoeverComesWhenFilesRunOutIsClosedHoweverOftenTheyDo() throws {
        let agent = try AgentUnderTest()
        func allow(files: Int) throws {
            let prlimit = try RunningProgram(
                "prlimit", ["--pid", "\(agent.program.pid)", "--nofile=\(files):"], in: agent.directory)
            #expect(prlimit.wait() == 0)
        }
        // So few that the reactor cannot even take its spare one back.
        try allow(files: 3)
        let waiting = try agent.connect()
        #expect(eventually { agent.program.log.contains("no open files left") })
        try allow(files: 1_000)
        // Whoever waits is served, or closed if the reactor was about to.
        waiting.send(check("u"))
        #expect(waiting.receive() != nil)
        #expect(try agent.check([("ip", "192.0.2.1")]).verdict == .allow)
        // So many as there are: what is free among them is taken, and whoever comes then is closed.
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(agent.program.pid)/fd")
        try allow(files: try #require(open.compactMap { Int($0) }.max()) + 1)
        var served: [ClientSocket] = []
        var answer: [UInt8]? = [1]
        while answer?.isEmpty == false, served.count < 100 {
            let client = try agent.connect()
            client.send(check("u"))
            answer = client.receive()
            served.append(client)
        }
        #expect(answer == [], "nil: it was left waiting")
    }

    @Test func withHardlyAnyFilesTheAgentSaysSoAndEnds() throws {
        let agent = try AgentUnderTest(behind: ["prlimit", "--nofile=64:64", "--"], isReady: false)
        #expect(agent.program.wait() == 69)
        #expect(agent.program.log.contains("the system allows 64 open files"))
    }

    @Test func adminConnectionsAreCappedToo() throws {
        let agent = try AgentUnderTest(["WEIR_MAX_ADMIN_CONNECTIONS": "2"])
        var held = try (0..<2).map { _ in try ClientSocket(port: agent.adminPort) }
        for client in held {
            client.send("GET /livez HTTP/1.1\r\nHost: w\r\n\r\n")
            #expect(client.receiveResponse()?.status == 200)
        }
        let third = try ClientSocket(port: agent.adminPort)
        #expect(third.receiveAll() == [])
        held = []
        #expect(try eventually { try agent.metric("weir_admin_connections_refused_total").map { $0 >= 1 } ?? false })
        #expect(try agent.check([("ip", "192.0.2.1")]).verdict == .allow)
    }

    @Test func nobodyInParticularIsNoPeer() throws {
        for peers in ["nobody", "root, 65534", "@nogroup"] {
            let agent = try AgentUnderTest(["WEIR_PEERS": peers], isReady: false)
            #expect(agent.program.wait() == 69)
            #expect(agent.program.log.contains("stands for every user of another user namespace"))
        }
    }

    // MARK: Requests

    @Test func whatIsTooLargeIsRefusedByItsLengthAlone() throws {
        let agent = try AgentUnderTest(["WEIR_MAX_FRAME": "1KiB", "WEIR_MAX_HEAD": "1KiB"])
        let client = try agent.connect()
        client.send(Hello(client: "t").frame(id: 1))
        let hello = try #require(client.receiveFrame())
        #expect(
            try hello.withBytes { bytes throws(WireError) in try HelloAnswer(reading: bytes) }.maximumFrameBytes
                == 1_024)
        client.send(check("u", bytes: 900))
        #expect(try AgentUnderTest.answer(try #require(client.receiveFrame())).verdict == .allow)
        client.send(Array(check("u", bytes: 1_100).prefix(16)))
        #expect(try errorCode(client.receiveFrame()) == .badLength)
        #expect(client.receiveAll() == [])
        let header = "X-Long: \(String(repeating: "x", count: 900))"
        #expect(try agent.http("/nginx", [header]).status == 200)
        #expect(try agent.http("/nginx", [header, "X-More: \(String(repeating: "x", count: 200))"]).status == 431)
        #expect(try agent.metric("weir_door_oversized_total") == 2)
    }

    /// A client that sends a thousand checks at once, and another that sends one behind them: what is left of the limit that
    /// both draw on tells how many of the first came before the second. The agent is stopped while they send.
    private func turnsBefore(_ settings: [String: String]) throws -> Int {
        let agent = try AgentUnderTest(settings.merging(["WEIR_LIMITS": "all: 5000/h"]) { $1 })
        let flooder = try agent.connect()
        let good = try agent.connect()
        // The one that was served last is looked at first.
        for client in [good, flooder] { _ = try agent.check([("user", "u")], over: client) }
        agent.program.stop()
        flooder.send((0..<1_000).flatMap { _ in check("u") })
        good.send(check("u"))
        agent.program.send(SIGCONT)
        let answer = try AgentUnderTest.answer(try #require(good.receiveFrame()))
        for _ in 0..<1_000 { _ = try #require(flooder.receiveFrame()) }
        #expect(try #require(try agent.metric("weir_door_yields_total")) > 0 || settings["WEIR_MAX_IN_FLIGHT"] != nil)
        return 5_000 - 3 - Int(answer.remaining)
    }

    /// A client that has sent its last and is gone before the agent looks: no answer can reach it.
    @Test func whatAClientHasSentIsCountedThoughItIsGone() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "all: 5000/h"])
        var client: ClientSocket? = try agent.connect()
        _ = try agent.check([("user", "u")], over: client)
        agent.program.stop()
        client?.send((0..<1_000).flatMap { _ in check("u") })
        client = nil
        agent.program.send(SIGCONT)
        #expect(try eventually { try agent.metric("weir_connections") == 0 })
        #expect(try agent.metric("weir_checks_total{decision=\"allow\"}") == 1_001)
    }

    @Test func aConnectionHasItsTurnAndThenTheNextOne() throws {
        #expect(try turnsBefore([:]) == 64)
        #expect(try turnsBefore(["WEIR_FRAMES_PER_TURN": "5"]) == 5)
    }

    @Test func noMoreIsReadOfAConnectionThanMayBeInFlight() throws {
        // 16 of the smallest frames are 256 bytes: fewer of these.
        let before = try turnsBefore(["WEIR_MAX_IN_FLIGHT": "16"])
        #expect((1...16).contains(before))
    }

    @Test func answersThatNobodyReadsAreNotMade() throws {
        let agent = try AgentUnderTest(["WEIR_WRITE_BUFFER": "16KiB", "WEIR_LIMITS": "all: 1M/s burst 1M by user"])
        let deaf = try agent.connect()
        let one = try AgentUnderTest.answerBytes(agent.check([("user", "u")], over: deaf))
        let burst = (0..<500).flatMap { _ in check("u") }
        let flood = Thread { for _ in 0..<200 where deaf.send(burst) {} }
        flood.start()
        #expect(try eventually { try agent.metric("weir_door_stalls_total") == 1 })
        // What the kernel's buffer takes (net.core.wmem_default, counted with its own overhead), and one buffer behind it.
        let made = try #require(try agent.metric("weir_door_requests_total"))
        let kernel = try String(contentsOfFile: "/proc/sys/net/core/wmem_default", encoding: .utf8)
        let most = try #require(Int(kernel.filter(\.isNumber))) + 16_384
        #expect(made * one <= most)
        #expect(made > 100)
    }

    @Test func aReaderThatWasSlowLeavesNoWakeUpsBehind() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "all: 1M/s burst 1M by user"])
        let slow = try agent.connect()
        let count = 20_000
        let frames = (0..<count).flatMap { _ in check("u") }
        let sender = Thread { slow.send(frames) }
        sender.start()
        #expect(try eventually { try #require(try agent.metric("weir_door_stalls_total")) > 0 })
        for _ in 0..<count { _ = try #require(slow.receiveFrame()) }
        // Nothing is left that has a deadline: the reactor sleeps until somebody comes.
        var before = -1
        let isAsleep = try eventually {
            let now = try reactorSwitches(agent)
            defer { before = now }
            usleep(200_000)
            return now == before
        }
        #expect(isAsleep)
    }

    /// How often the reactor's thread has gone to sleep.
    private func reactorSwitches(_ agent: AgentUnderTest) throws -> Int {
        let tasks = "/proc/\(agent.program.pid)/task"
        for task in try FileManager.default.contentsOfDirectory(atPath: tasks) {
            let status = try String(contentsOfFile: "\(tasks)/\(task)/status", encoding: .utf8)
            guard status.hasPrefix("Name:\tweir-reactor\n") else { continue }
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches:") })
            return try #require(Int(line.filter(\.isNumber)))
        }
        throw CocoaError(.fileNoSuchFile)
    }

    // MARK: The log

    @Test func aFloodOfTroubleIsTwoLinesInTheLog() throws {
        let agent = try AgentUnderTest(["WEIR_LOG_QUIET": "1s"])
        for _ in 0..<500 { try agent.connect().send("GET / HTTP/1.1\r\n\r\n") }
        let words = "requests break their protocol"
        #expect(eventually { agent.program.log.contains("no more for 1.0 seconds: \(words)") })
        let lines = agent.program.log.split(separator: "\n").filter { $0.contains(words) }
        #expect(lines.count == 2)
        #expect(lines.first?.contains("last of user \(getuid())") == true)
        #expect(lines.last?.contains("500 in all") == true)
        #expect(try agent.metric("weir_door_malformed_total") == 500)
    }
}

import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// HAProxy's door of a real agent, over its socket: what HAProxy 3.2.26 has sent, and what no HAProxy sends.
@Suite struct SPOEAgentTests {
    private func connect(_ agent: AgentUnderTest) throws -> ClientSocket {
        try ClientSocket(unix: agent.directory.file("run/spoe.sock"))
    }

    private func greeted(_ agent: AgentUnderTest) throws -> ClientSocket {
        let client = try connect(agent)
        client.send(SPOPDraft.hello())
        #expect(try client.receiveSPOP()?.kind == SPOPAnswer.hello)
        return client
    }

    /// The bytes of a vector of `protocol/vectors/spoe.txt`.
    private func vector(_ name: String) throws -> [UInt8] {
        let path = "\(Programs.repository)/protocol/vectors/spoe.txt"
        let blocks = try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "\n\n")
        let block = try #require(blocks.first { $0.hasPrefix("vector   \(name)\n") })
        let line = try #require(block.split(separator: "\n").first { $0.hasPrefix("hex ") })
        let digits = Array(line.dropFirst(4).filter { $0 != " " })
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0 }
    }

    @Test func whatHAProxy3HasSentIsAnswered() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "all: 1/h by ip"])
        let check = try vector("check-3.2")
        let prober = try connect(agent)
        prober.send(try vector("health-check"))
        #expect(try prober.receiveSPOP()?["version"] == "2.0")
        #expect(prober.receive(within: 5) == [])
        let client = try connect(agent)
        client.send(try vector("hello-3.2"))
        #expect(try client.receiveSPOP()?["capabilities"] == "pipelining")
        client.send(check + check)
        let answers = try (0..<2).map { _ in try #require(try client.receiveSPOP()) }
        #expect(answers.map(\.ids) == [[1, 1], [1, 1]])
        #expect(answers.map { $0["deny"] } == ["false", "true"])
        #expect(try agent.metric("weir_connections") == 1)
    }

    @Test func whatBreaksTheProtocolEndsOneConnectionWithACode() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "all: 1000/s by ip", "WEIR_FRAME_DEADLINE": "100ms"])
        let neighbour = try greeted(agent)
        for (bytes, code) in [
            ([0xff, 0xff, 0xff, 0xff], "3"), (SPOPDraft.frame(3, flags: 0, []), "10"), (SPOPDraft.frame(3, [5]), "4"),
            // Begun, and not finished in time.
            (Array(SPOPDraft.check([]).dropLast()), "2"),
        ] as [([UInt8], String)] {
            let client = try greeted(agent)
            client.send(bytes)
            let last = try #require(try client.receiveSPOP())
            #expect(last.kind == SPOPAnswer.disconnect)
            #expect(last["status-code"] == code)
            #expect(client.receive(within: 5) == [])
        }
        neighbour.send(SPOPDraft.check([("src", .ipv4([192, 0, 2, 1]))]))
        #expect(try neighbour.receiveSPOP()?["deny"] == "false")
        #expect(try agent.metric("weir_door_malformed_total") == 3)
        #expect(try agent.metric("weir_door_oversized_total") == 1)
        #expect(try agent.metric("weir_door_deadlines_total") == 1)
    }

    @Test func anAgentThatStopsAnswersWhatHasComeAndSaysFarewell() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "all: 1000/s by ip", "WEIR_DRAIN": "20s"])
        let idle = try greeted(agent)
        let busy = try greeted(agent)
        // What waits in the socket when the signal comes is answered before the farewell.
        agent.program.stop()
        busy.send((1...40).flatMap { SPOPDraft.check(stream: $0, [("src", .ipv4([192, 0, 2, 1]))]) })
        agent.program.send(SIGTERM)
        agent.program.send(SIGCONT)
        for stream in 1...40 as ClosedRange<UInt64> { #expect(try busy.receiveSPOP()?.ids == [stream, 1]) }
        for client in [idle, busy] {
            let farewell = try #require(try client.receiveSPOP())
            #expect(farewell.kind == SPOPAnswer.disconnect)
            #expect(farewell["status-code"] == "0")
            #expect(client.receive(within: 5) == [])
        }
        #expect(agent.program.wait() == 0)
    }

    @Test func othersOvertakeACheckThatWaitsForTheStore() throws {
        let fleet = try FleetUnderTest(1, "no: deny when user=mallory; all: 1000/s by ip")
        fleet.redis.pause()
        defer { fleet.redis.resume() }
        let client = try greeted(fleet.agents[0])
        let source: (String, SPOPDraft.Value) = ("src", .ipv4([192, 0, 2, 1]))
        client.send(
            SPOPDraft.check(stream: 1, [source]) + SPOPDraft.check(stream: 3, [source, ("user", .text("mallory"))]))
        let first = try #require(try client.receiveSPOP())
        #expect(first.ids == [3, 1])
        #expect(first["status"] == "403")
        #expect(try client.receiveSPOP()?.ids == [1, 1])
    }

    @Test func anAgentThatStopsAnswersChecksThatWaitBeforeItsFarewell() throws {
        let fleet = try FleetUnderTest(1, "all: 1000/s by ip", ["WEIR_DRAIN": "20s"])
        fleet.redis.pause()
        defer { fleet.redis.resume() }
        let client = try greeted(fleet.agents[0])
        client.send(
            (1...3).flatMap { SPOPDraft.check(stream: UInt64($0), [("src", .ipv4([192, 0, 2, UInt8($0)]))]) }
                + SPOPDraft.notify(stream: 9, [("other", [])]))
        #expect(try client.receiveSPOP()?.ids == [9, 1])
        fleet.agents[0].program.send(SIGTERM)
        for stream in 1...3 as ClosedRange<UInt64> { #expect(try client.receiveSPOP()?.ids == [stream, 1]) }
        #expect(try client.receiveSPOP()?["status-code"] == "0")
    }

    @Test func peersThatMayNotAreToldAndClosed() throws {
        let agent = try AgentUnderTest(["WEIR_PEERS": "daemon"])
        let answer = try #require(try connect(agent).receiveSPOP())
        #expect(answer["status-code"] == "99")
        #expect(answer["message"]?.contains("WEIR_PEERS") == true)
    }

    @Test func anAbstractSocketWithoutAListOfPeersIsRefusedAtStart() throws {
        let agent = try AgentUnderTest(["WEIR_SPOE_ABSTRACT": "weir-spoe-refused"], isReady: false)
        #expect(agent.program.wait() == 64)
        #expect(agent.program.log.contains("WEIR_SPOE_ABSTRACT=weir-spoe-refused: an abstract socket has no rights"))
        #expect(agent.program.log.contains("set WEIR_PEERS"))
    }

    @Test func anAbstractNameThatIsTakenIsRefusedAtStart() throws {
        let name = "weir-spoe-\(getpid())-taken"
        let settings = ["WEIR_SPOE_ABSTRACT": name, "WEIR_PEERS": "root"]
        let first = try AgentUnderTest(settings)
        let second = try AgentUnderTest(settings, isReady: false)
        #expect(second.program.wait() == 69)
        #expect(second.program.log.contains("WEIR_SPOE_ABSTRACT=\(name): cannot listen"))
        #expect(first.program.isRunning)
    }

    @Test func theFloorsStubAnswersAsAnAgentDoes() throws {
        let directory = try TemporaryDirectory()
        let socket = directory.file("stub.sock")
        let stub = try RunningProgram(Programs.weir, ["bench-floor", socket, "--spoe"], in: directory)
        #expect(eventually { (try? ClientSocket(unix: socket)) != nil }, "\(stub.log)")
        let client = try ClientSocket(unix: socket)
        client.send(try vector("health-check"))
        #expect(try client.receiveSPOP()?["max-frame-size"] == "16380")
        let check = try vector("check-2.6")
        client.send(check + SPOPDraft.check(stream: 300, frame: 7, []) + check.prefix(9))
        let answer = try #require(try client.receiveSPOP())
        #expect(answer.ids == [0, 1])
        #expect(answer["deny"] == "false")
        #expect(answer["status"] == "200")
        #expect(answer["ticket"]?.count == 48)
        #expect(try client.receiveSPOP()?.ids == [300, 7])
        client.send(Array(check.dropFirst(9)) + SPOPDraft.disconnect())
        #expect(try client.receiveSPOP()?.ids == [0, 1])
        #expect(try client.receiveSPOP()?["status-code"] == "0")
    }
}

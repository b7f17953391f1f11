import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Lines of access logs, sent to a real agent's log socket.
@Suite struct LogTests {
    /// What `weir usage` says of an agent that has no collector.
    struct Usage: Decodable, Equatable {
        var dimensions: [String: String]
        var calls: Int
        var units: Int
        var bytesIn: Int
        var bytesOut: Int

        /// Totals by outcome.
        static func of(_ agent: AgentUnderTest) throws -> [String: Usage] {
            let program = try RunningProgram(
                Programs.weir, ["usage", "--json", "--granularity", "total", "--by", "outcome"],
                environment: AgentUnderTest.environment(agent.directory, 1), in: agent.directory)
            try #require(program.wait() == 0, "\(program.log)")
            let rows = try JSONDecoder().decode([Usage].self, from: Data(program.log.utf8))
            return Dictionary(rows.map { ($0.dimensions["outcome"] ?? "", $0) }) { first, _ in first }
        }
    }

    static func lines(_ agent: AgentUnderTest, _ result: String) throws -> Int {
        try agent.metric("weir_log_lines_total{result=\"\(result)\"}") ?? 0
    }

    private func socket(_ agent: AgentUnderTest) throws -> DatagramSocket {
        try DatagramSocket(unix: agent.directory.file("run/log.sock"))
    }

    private func ticket(_ answer: CheckAnswer) -> String {
        String(decoding: bytes(capacity: Ticket.textBytes) { answer.ticket.writeText(to: &$0) }, as: UTF8.self)
    }

    @Test func aLineIsTheReportOfItsTicketAndDeniesWhoHasUsedUpItsBytes() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "out: 1MB/day by ip counting bytes_out"])
        let socket = try socket(agent)
        let check = try agent.check([("ip", "192.0.2.1")])
        #expect(
            socket.send("<190>Nov 20 23:29:23 weir: {\"t\":\"\(ticket(check))\",\"s\":200,\"in\":17,\"out\":999999}"))
        #expect(try eventually { try Self.lines(agent, "accepted") == 1 })
        #expect(try agent.check([("ip", "192.0.2.1")]).remaining == 1)
        #expect(socket.send("{\"s\":200,\"out\":1,\"ip\":\"192.0.2.1\"}\n"))
        #expect(try eventually { try Self.lines(agent, "attributed") == 1 })
        let denied = try agent.check([("ip", "192.0.2.1")])
        #expect(denied.verdict == .deny && denied.reason == .quota)
        #expect(try agent.check([("ip", "192.0.2.2")]).verdict == .allow)
        let usage = try Usage.of(agent)
        #expect(
            usage["2xx"] == Usage(dimensions: ["outcome": "2xx"], calls: 2, units: 1, bytesIn: 17, bytesOut: 1_000_000))
        #expect(usage["admitted"]?.calls == 3 && usage["resolved"]?.calls == 1 && usage["denied-quota"]?.calls == 1)
        let status = try RunningProgram(
            Programs.weir, ["status"],
            environment: AgentUnderTest.environment(agent.directory, agent.adminPort), in: agent.directory)
        #expect(status.wait() == 0)
        #expect(status.log.contains("log      1 accepted, 1 attributed\n"), "\(status.log)")
    }

    @Test func whatIsNoLineIsCountedAndQuotedOnceAndHarmsNothing() throws {
        let agent = try AgentUnderTest()
        let socket = try socket(agent)
        #expect(socket.send("{\"s\":200,\"k\":\"weir_live_0123456789\",\"in\":-5}"))
        #expect(try eventually { try Self.lines(agent, "malformed") == 1 })
        for line in ["{", "garbage\u{0}\n", String(repeating: "[", count: 60_000)] { #expect(socket.send(line)) }
        #expect(socket.send([UInt8](repeating: 0xff, count: 70_000)))
        #expect(socket.send("{\"s\":200,\"ip\":\"192.0.2.1\"}"))
        #expect(try eventually { try Self.lines(agent, "attributed") == 1 })
        #expect(try Self.lines(agent, "malformed") == 5)
        #expect(eventually { agent.program.log.contains("none that can be counted") })
        let told = agent.program.log.split(separator: "\n").filter { $0.contains("none that can be counted") }
        #expect(told.count == 1)
        #expect(
            told.first?.contains(
                "in: expected a whole number below 2^62 at byte 41 in \"{\"s\":200,\"k\":\"weir…\",\"in\":-5}\"")
                == true, "\(told)")
        #expect(try agent.check([("ip", "192.0.2.1")]).verdict == .allow)
    }

    @Test func whateverAFloodSendsIsCountedOrCountedAsDropped() async throws {
        let agent = try AgentUnderTest(["WEIR_LOG_BUFFER": "128KiB", "WEIR_LIMITS": "all: 1M/s by ip"])
        let path = agent.directory.file("run/log.sock")
        let line =
            "{\"s\":200,\"in\":1,\"out\":2,\"ip\":\"192.0.2.1\",\"u\":\"/\(String(repeating: "x", count: 900))\"}"
        async let sent = withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    guard let socket = try? DatagramSocket(unix: path) else { return 0 }
                    return (0..<5_000).count { _ in socket.send(line) }
                }
            }
            return await group.reduce(0, +)
        }
        let client = try agent.connect()
        for id in 1...200 as ClosedRange<UInt64> {
            #expect(try agent.check([("ip", "192.0.2.1")], over: client, id: id).verdict == .allow)
        }
        let count = await sent
        #expect(count == 20_000)
        #expect(
            try await holdsEventually {
                try Self.lines(agent, "attributed") + (agent.metric("weir_log_dropped_total") ?? 0) == count
            })
        #expect(try Usage.of(agent)["2xx"]?.bytesOut == 2 * Self.lines(agent, "attributed"))
    }

    @Test func linesThatHaveNoRoomAreDroppedAndCounted() throws {
        let agent = try AgentUnderTest(["WEIR_LOG_BUFFER": "128KiB"])
        let sockets = try (0..<12).map { _ in try socket(agent) }
        let line = "{\"s\":200,\"u\":\"/\(String(repeating: "x", count: 60_000))\"}"
        // The agent stands still: what the kernel keeps comes at once, and two of it have room.
        agent.program.stop()
        let sent = sockets.count { $0.send(line, waits: false) }
        #expect(sent > 2)
        agent.program.send(SIGCONT)
        #expect(
            try eventually {
                try Self.lines(agent, "attributed") + (agent.metric("weir_log_dropped_total") ?? 0) == sent
            })
        #expect(try agent.metric("weir_log_dropped_total") == sent - 2)
        #expect(eventually { agent.program.log.contains("(WEIR_LOG_BUFFER)") })
    }

    @Test func linesOfUsersWhoMayNotAreRefused() throws {
        let agent = try AgentUnderTest(["WEIR_PEERS": "1"])
        #expect(try socket(agent).send("{\"s\":200,\"ip\":\"192.0.2.1\"}"))
        #expect(try eventually { try Self.lines(agent, "refused") == 1 })
        #expect(try Self.lines(agent, "attributed") == 0)
    }

    @Test func whatHasComeByTheEndIsCountedAndTheSocketIsGone() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "all: 1M/s by ip"])
        let socket = try socket(agent)
        for _ in 0..<500 { #expect(socket.send("{\"s\":200,\"out\":3,\"ip\":\"192.0.2.1\"}")) }
        agent.program.send(SIGTERM)
        #expect(agent.program.wait() == 0)
        #expect(try !agent.directory.names(in: "run").contains("log.sock"))
        #expect(try Usage.of(agent)["2xx"]?.bytesOut == 1_500)
    }

    @Test func theSocketIsOffWhereThatIsSaid() throws {
        let agent = try AgentUnderTest(["WEIR_LOG_SOCKET": "off"])
        #expect(try !agent.directory.names(in: "run").contains("log.sock"))
        #expect(try !agent.admin("/status").contains("\"log\""))
    }
}

import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Usage from the check to the collector's database, through kills and outages.
@Suite struct UsageTests {
    /// A collector with known tokens, in a directory of its own or a given one.
    final class CollectorUnderTest {
        static let agentToken = "agent-token-0123456789"
        static let adminToken = "admin-token-0123456789"
        let program: RunningProgram
        let port: Int
        private let directory: TemporaryDirectory

        init(in directory: TemporaryDirectory, port: Int = freePort(), _ settings: [String: String] = [:]) throws {
            self.port = port
            self.directory = directory
            let base = [
                "WEIR_STATE_DIR": directory.file("collector"), "WEIR_LISTEN": "127.0.0.1:\(port)",
                "WEIR_COLLECTOR_TOKEN": Self.agentToken, "WEIR_ADMIN_TOKEN": Self.adminToken,
            ]
            program = try RunningProgram(Programs.collector, environment: base.merging(settings) { $1 }, in: directory)
            let isUp = eventually { program.log.contains("An agent sends here") || !program.isRunning }
            try #require(isUp && program.isRunning, "\(program.log)")
        }

        var agentSettings: [String: String] {
            [
                "WEIR_COLLECTOR_URL": "http://127.0.0.1:\(port)", "WEIR_COLLECTOR_TOKEN": Self.agentToken,
                "WEIR_FLUSH": "100ms",
            ]
        }

        /// The answer to a query, with its status.
        func get(_ path: String, token: String = adminToken) throws -> HTTPReply {
            let client = try ClientSocket(port: port)
            client.send("GET \(path) HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer \(token)\r\n\r\n")
            return try #require(client.receiveResponse())
        }

        func post(_ body: [UInt8], token: String = agentToken, type: String = "application/vnd.weir.usage") throws
            -> HTTPReply
        {
            let client = try ClientSocket(port: port)
            client.send(
                "POST /v1/usage HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer \(token)\r\nContent-Type: \(type)\r\n"
                    + "Content-Length: \(body.count)\r\n\r\n")
            client.send(body)
            return try #require(client.receiveResponse())
        }

        /// Calls by outcome, over all time.
        func calls() throws -> [String: Int] {
            struct Document: Decodable {
                struct Row: Decodable {
                    var outcome: String
                    var calls: Int
                }
                var rows: [Row]
            }
            let reply = try get("/v1/usage?granularity=total&by=outcome")
            let document = try JSONDecoder().decode(Document.self, from: Data(reply.body.utf8))
            return Dictionary(document.rows.map { ($0.outcome, $0.calls) }) { $0 + $1 }
        }
    }

    @Test func whatPassedIsInTheLedgerWithinAFlush() throws {
        let directory = try TemporaryDirectory()
        let collector = try CollectorUnderTest(in: directory)
        let agent = try AgentUnderTest(
            collector.agentSettings.merging([
                "WEIR_LIMITS": "all: 30/h by consumer; search: route /search* of shop weight 2"
            ]) { $1 })
        for _ in 0..<20 { _ = try agent.check([("consumer", "acme"), ("path", "/search/x"), ("plan", "pro")]) }
        #expect(try eventually { try collector.calls() == ["admitted": 15, "denied-rate": 5] })
        let csv = try collector.get("/v1/usage?format=csv&granularity=total&by=consumer,plan,product,route,outcome")
            .body
        #expect(csv.contains(",acme,pro,shop,search,admitted,15,30,0,0\r\n"))
        #expect(csv.contains(",acme,pro,shop,search,denied-rate,5,0,0,0\r\n"))
        #expect(try collector.get("/v1/usage?consumer=other").body.contains("\"rows\":[]"))
        #expect(
            try collector.get("/v1/usage?consumer=acme&outcome=denied-rate&granularity=day").body.contains(
                "\"calls\":5"))
    }

    @Test func reportsAreCountedByTheirStatus() throws {
        let directory = try TemporaryDirectory()
        let collector = try CollectorUnderTest(in: directory)
        let agent = try AgentUnderTest(collector.agentSettings)
        let client = try agent.connect()
        let tickets = try (0..<3).map { _ in try agent.check([("consumer", "acme")], over: client).ticket }
        client.send(
            Report.frame(
                [
                    Report(ticket: tickets[0], status: 200, bytesIn: 10, bytesOut: 1_000),
                    Report(ticket: tickets[1], status: 503, bytesOut: 5, cost: 0),
                ], id: 9))
        _ = try #require(client.receiveFrame())
        #expect(try eventually { try collector.calls() == ["admitted": 3, "resolved": 2, "2xx": 1, "5xx": 1] })
        let csv = try collector.get("/v1/usage?format=csv&granularity=total&by=outcome").body
        #expect(csv.contains(",2xx,1,1,10,1000\r\n"))
        #expect(csv.contains(",5xx,1,0,0,5\r\n"))
    }

    /// Claims C1 and C2: a hundred kills at random moments under load lose no allowed answer, and add at most what was
    /// in flight.
    @Test func aHundredKillsLoseNothingAndAddAtMostWhatWasInFlight() throws {
        let directory = try TemporaryDirectory()
        let collector = try CollectorUnderTest(in: directory)
        let settings = collector.agentSettings.merging([
            "WEIR_LIMITS": "all: 1G/s by ip", "WEIR_MAX_KEYS": "1000", "WEIR_LOG_LEVEL": "error",
        ]) { $1 }
        var random = SeededRandom(20_261_121)
        let inFlight = 16
        var answered = 0
        var possible = 0
        for round in 0..<100 {
            let agent = try AgentUnderTest(settings, in: directory)
            let clients = try (0..<2).map { _ in try agent.connect() }
            let burst = (0..<inFlight / 2).flatMap {
                CheckDraft(attributes: [("consumer", Array("acme".utf8))]).frame(id: UInt64($0))
            }
            let counters = clients.map { client in
                let counter = AnswerCounter(client: client, burst: burst, burstCount: inFlight / 2)
                counter.start()
                return counter
            }
            usleep(UInt32.random(in: 2_000...60_000, using: &random))
            agent.program.kill()
            for counter in counters {
                let (allowed, unanswered) = counter.finish()
                answered += allowed
                possible += allowed + unanswered
                #expect(unanswered <= inFlight / 2, "round \(round)")
            }
        }
        // A last run recovers what the killed ones left.
        let last = try AgentUnderTest(settings, in: directory)
        var counted = 0
        #expect(
            try eventually(within: 30) {
                counted = try collector.calls()["admitted"] ?? 0
                return counted >= answered && last.program.isRunning
            })
        #expect(answered > 10_000)
        #expect(counted >= answered)
        #expect(counted <= possible)
        #expect(try RunningAudit.usageEqualsCells(directory.file("collector/collector/weir.sqlite")))
    }

    /// Sends bursts and counts allowed answers until the connection breaks.
    private final class AnswerCounter: @unchecked Sendable {
        // Read by the test when `finished` was signalled.
        private let client: ClientSocket
        private let burst: [UInt8]
        private let burstCount: Int
        private let finished = DispatchSemaphore(value: 0)
        private var allowed = 0
        private var unanswered = 0

        init(client: ClientSocket, burst: [UInt8], burstCount: Int) {
            self.client = client
            self.burst = burst
            self.burstCount = burstCount
        }

        func start() {
            Thread { [self] in
                defer { finished.signal() }
                while client.send(burst) {
                    for index in 0..<burstCount {
                        guard let frame = client.receiveFrame() else {
                            unanswered = burstCount - index
                            return
                        }
                        if frame[16] == Verdict.allow.rawValue { allowed += 1 }
                    }
                }
                // The agent may have read a burst that could not be sent whole.
                unanswered = burstCount
            }.start()
        }

        func finish() -> (allowed: Int, unanswered: Int) {
            finished.wait()
            return (allowed, unanswered)
        }
    }

    /// What one client reports cannot keep the usage of others from the collector.
    @Test func absurdReportsStopAtAMaximumAndTheBatchIsTaken() throws {
        let directory = try TemporaryDirectory()
        let collector = try CollectorUnderTest(in: directory)
        let agent = try AgentUnderTest(collector.agentSettings)
        let client = try agent.connect()
        let tickets = try (0..<3).map { _ in try agent.check([("consumer", "acme")], over: client).ticket }
        client.send(Report.frame(tickets.map { Report(ticket: $0, status: 200, bytesIn: 1 << 62 - 1) }, id: 9))
        _ = try #require(client.receiveFrame())
        _ = try agent.check([("consumer", "other")])
        #expect(try eventually { try collector.calls() == ["admitted": 4, "resolved": 3, "2xx": 3] })
        #expect(try agent.metric("weir_flush_quarantined_total") == 0)
    }

    // MARK: A collector in trouble

    private static let cellCount: @Sendable ([UInt8]) -> Int = { body in
        (try? body.withBytes { bytes throws(SegmentError) in try SegmentReader(batch: bytes) }.cells.count) ?? 0
    }

    /// Whatever the collector answers, the agent decides on, keeps the usage, and delivers it when it can.
    @Test(arguments: [
        FakeCollector.Reply.status(500, body: "oops"), .status(401), .status(403),
        .status(429, headers: ["Retry-After: 0"]),
        .status(503), .status(200, body: "<html>a proxy's page</html>"),
        .status(200, body: "{\"cells\":999,\"changed\":0}"),
        .status(302, headers: ["Location: http://127.0.0.1:1/"]),
        .status(200, body: String(repeating: "x", count: 300_000)), .hangUp,
    ])
    func usageIsKeptUntilTheCollectorTakesIt(_ reply: FakeCollector.Reply) throws {
        let collector = try FakeCollector(reply, cells: Self.cellCount)
        defer { collector.stop() }
        let agent = try AgentUnderTest([
            "WEIR_COLLECTOR_URL": "http://127.0.0.1:\(collector.port)", "WEIR_COLLECTOR_TOKEN": "t",
            "WEIR_FLUSH": "100ms",
        ])
        _ = try agent.check([("consumer", "acme")])
        #expect(eventually { collector.bodies.count >= 2 })
        #expect(try agent.check([("consumer", "acme")]).verdict == .allow)
        #expect(try eventually { try agent.admin("/status").contains("collectorFailure") })
        // One line in the log for each way of failing, however often.
        #expect(agent.program.log.components(separatedBy: "usage does not reach the collector").count == 2)
        collector.answer(.acknowledge)
        #expect(try eventually(within: 60) { try agent.metric("weir_flush_cells_total") ?? 0 > 0 })
        // One that was sent before the second check may be the first that is taken; the next has both.
        let hasBoth = try eventually(within: 60) {
            let last = try #require(collector.bodies.last)
            let reader = try last.withBytes { bytes throws(SegmentError) in try SegmentReader(batch: bytes) }
            return reader.cells.map(\.totals.calls) == [2]
        }
        #expect(hasBoth)
    }

    @Test func aCollectorThatSaysNothingHoldsUpNobody() throws {
        let collector = try FakeCollector(.silence, cells: Self.cellCount)
        defer { collector.stop() }
        let agent = try AgentUnderTest([
            "WEIR_COLLECTOR_URL": "http://127.0.0.1:\(collector.port)", "WEIR_COLLECTOR_TOKEN": "t",
            "WEIR_FLUSH": "100ms",
        ])
        _ = try agent.check([("consumer", "acme")])
        #expect(eventually { collector.bodies.count == 1 })
        for _ in 0..<50 { #expect(try agent.check([("consumer", "acme")]).verdict == .allow) }
        // One batch in flight, no more.
        #expect(collector.bodies.count == 1)
        // What is asked is not waited for, and the last try is short: a service manager waits ten seconds.
        agent.program.send(SIGTERM)
        #expect(agent.program.wait(seconds: 10) == 0)
    }

    @Test func aBatchThatIsTooLargeIsHalvedAndACellAtFaultIsPutAside() throws {
        let isPoisoned: @Sendable ([UInt8]) -> Bool = { body in
            (try? body.withBytes { bytes throws(SegmentError) in try SegmentReader(batch: bytes) }.cells.contains {
                $0.dimensions.consumer == "poison"
            }) ?? true
        }
        let collector = try PickyCollector(maximumCells: 3, isPoisoned: isPoisoned, cells: Self.cellCount)
        defer { collector.fake.stop() }
        let agent = try AgentUnderTest([
            "WEIR_COLLECTOR_URL": "http://127.0.0.1:\(collector.fake.port)", "WEIR_COLLECTOR_TOKEN": "t",
            "WEIR_FLUSH": "1s",
        ])
        for consumer in ["a", "b", "c", "poison", "d", "e", "f", "g", "h"] {
            _ = try agent.check([("consumer", consumer)])
        }
        #expect(try eventually(within: 20) { try agent.metric("weir_flush_quarantined_total") == 1 })
        #expect(try eventually { try agent.metric("weir_flush_cells_total") == 8 })
        #expect(try agent.directory.names(in: "state/journal/quarantine").count == 1)
        #expect(collector.taken == ["a", "b", "c", "d", "e", "f", "g", "h"])
    }

    /// Takes batches of few cells, and none with the poisoned one.
    private final class PickyCollector: @unchecked Sendable {
        // The replies are decided as requests come, one at a time.
        private(set) var fake: FakeCollector
        private let isPoisoned: @Sendable ([UInt8]) -> Bool

        init(
            maximumCells: Int, isPoisoned: @escaping @Sendable ([UInt8]) -> Bool,
            cells: @escaping @Sendable ([UInt8]) -> Int
        ) throws {
            self.isPoisoned = isPoisoned
            fake = try FakeCollector(cells: cells) { body in
                if cells(body) > maximumCells { return .status(413) }
                return isPoisoned(body) ? .status(400, body: "poison") : .acknowledge
            }
        }

        var taken: Set<String> {
            var taken: Set<String> = []
            for body in fake.bodies where !isPoisoned(body) {
                let reader = try? body.withBytes { bytes throws(SegmentError) in try SegmentReader(batch: bytes) }
                guard let reader, reader.cells.count <= 3 else { continue }
                taken.formUnion(reader.cells.map(\.dimensions.consumer))
            }
            return taken
        }
    }

    @Test func aCollectorThatIsAwayGetsEverythingWhenItIsBack() throws {
        let directory = try TemporaryDirectory()
        let port = freePort()
        var collector: CollectorUnderTest? = try CollectorUnderTest(in: directory, port: port)
        let settings = try #require(collector?.agentSettings)
        let agent = try AgentUnderTest(settings)
        _ = try agent.check([("consumer", "acme")])
        #expect(try eventually { try collector?.calls()["admitted"] == 1 })
        collector?.program.kill()
        collector = nil
        for _ in 0..<10 { _ = try agent.check([("consumer", "acme")]) }
        agent.program.kill()
        // The killed agent's usage is recovered by its successor, and reaches the collector that came back.
        let successor = try AgentUnderTest(settings, in: agent.directory)
        _ = try successor.check([("consumer", "acme")])
        let back = try CollectorUnderTest(in: directory, port: port)
        #expect(try eventually(within: 60) { try back.calls()["admitted"] == 12 })
    }
}

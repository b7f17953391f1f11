import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Collectors on one PostgreSQL.
@Suite struct CollectorFleetTests {
    private typealias CollectorUnderTest = UsageTests.CollectorUnderTest

    private func batch(_ calls: Int, consumers: Int, incarnation: UInt64) -> [UInt8] {
        let hour = UInt32(Date().timeIntervalSince1970 / 3_600)
        let cells = (0..<consumers).map { consumer in
            var dimensions = Dimensions()
            dimensions.consumer = "c\(consumer)"
            return Cell(
                key: Hash128(deriving: "c\(consumer)"), dimensions: dimensions, hour: hour, outcome: .admitted,
                totals: Totals(calls: UInt64(calls), units: UInt64(calls)))
        }
        let header = SegmentHeader(
            kind: .final, incarnation: Hash128(low: incarnation, high: 9), number: 1, created: 0, salt: 7)
        return RecordEncoder.segment(
            header, cells, stamp: RecordStamp(number: 1, wallMicroseconds: 0, monotonicMicroseconds: 0))
    }

    @Test func aCollectorRunsOnPostgreSQLAndSaysSo() throws {
        let url = try PostgresUnderTest.database()
        let directory = try TemporaryDirectory()
        let collector = try CollectorUnderTest(in: directory, ["WEIR_DATABASE": url])
        #expect(collector.program.log.contains(" · PostgreSQL 15."))
        #expect(collector.program.log.contains(" at postgres://postgres@/tmp/"))
        #expect(try collector.get("/readyz").status == 200)
        let agent = try AgentUnderTest(
            collector.agentSettings.merging(["WEIR_LIMITS": "all: 15/h by consumer"]) { $1 })
        for _ in 0..<20 { _ = try agent.check([("consumer", "acme")]) }
        #expect(try eventually { try collector.calls() == ["admitted": 15, "denied-rate": 5] })
        // Room for this month and the two ahead.
        #expect(
            try eventually {
                try PostgresUnderTest.query(
                    "SELECT count(*) >= 3 FROM pg_class WHERE relispartition AND relkind = 'r'", at: url) == "t"
            })
    }

    @Test func tokensThatOthersDoNotKnowAreWarnedOf() throws {
        let url = try PostgresUnderTest.database()
        func log(_ settings: [String: String]) throws -> String {
            let directory = try TemporaryDirectory()
            let base = [
                "WEIR_STATE_DIR": directory.file("state"), "WEIR_LISTEN": "127.0.0.1:\(freePort())",
                "WEIR_DATABASE": url,
            ]
            let collector = try RunningProgram(
                Programs.collector, environment: base.merging(settings) { $1 }, in: directory)
            #expect(eventually { collector.log.contains("An agent sends here") }, "\(collector.log)")
            return collector.log
        }
        let words = "give all that use the database the same WEIR_COLLECTOR_TOKEN, WEIR_ADMIN_TOKEN and WEIR_KEY_PEPPER"
        #expect(try log([:]).contains(words))
        let tokens = [
            "WEIR_COLLECTOR_TOKEN": "agent-token-0123456789", "WEIR_ADMIN_TOKEN": "admin-token-0123456789",
            "WEIR_KEY_PEPPER": "a-pepper-of-at-least-32-bytes-of-text",
        ]
        #expect(try !log(tokens).contains(words))
    }

    /// Three collectors take what senders send to any of them, and two are killed in the middle. Every batch that was acknowledged
    /// is there, once.
    @Test func twoOfThreeCollectorsAreKilledAndNothingIsLostOrDoubled() throws {
        let url = try PostgresUnderTest.database()
        let directories = try (0..<3).map { _ in try TemporaryDirectory() }
        let ports = (0..<3).map { _ in freePort() }
        // All at once, on an empty database.
        let programs = try (0..<3).map { number in
            try RunningProgram(
                Programs.collector,
                environment: [
                    "WEIR_DATABASE": url, "WEIR_LISTEN": "127.0.0.1:\(ports[number])",
                    "WEIR_STATE_DIR": directories[number].file("collector"),
                    "WEIR_COLLECTOR_TOKEN": CollectorUnderTest.agentToken,
                    "WEIR_ADMIN_TOKEN": CollectorUnderTest.adminToken,
                ], in: directories[number])
        }
        // Else a release build ends them, and removes their directories, where this function names them last.
        defer { withExtendedLifetime((directories, programs)) {} }
        for program in programs {
            let isUp = eventually(within: 90) { program.log.contains("An agent sends here") || !program.isRunning }
            try #require(isUp && program.isRunning, "\(program.log)")
        }
        let senders = (0..<6).map { number in
            Sender(ports: ports) { self.batch($0, consumers: 30, incarnation: UInt64(number)) }
        }
        func acknowledged() -> Int { senders.map(\.acknowledged).reduce(0, +) }
        for victim in [0, 2] {
            let before = acknowledged()
            #expect(eventually(within: 30) { acknowledged() > before + 20 })
            programs[victim].kill()
        }
        let before = acknowledged()
        #expect(eventually(within: 60) { acknowledged() > before + 20 })
        let expected = senders.map { $0.stop() }.reduce(0, +)
        #expect(senders.map(\.failures).reduce(0, +) > 0)
        let client = try ClientSocket(port: ports[1])
        client.send(
            "GET /v1/usage?granularity=total&by=outcome&format=csv HTTP/1.1\r\nHost: c\r\n"
                + "Authorization: Bearer \(CollectorUnderTest.adminToken)\r\n\r\n")
        let body = try #require(client.receiveResponse()).body
        #expect(body.contains(",admitted,\(30 * expected),\(30 * expected),0,0\r\n"), "\(body)")
        #expect(
            try PostgresUnderTest.query(
                """
                SELECT count(*) FROM (
                    SELECT hour, dimension_id, outcome, sum(calls), sum(units) FROM cell GROUP BY 1, 2, 3
                    EXCEPT SELECT hour, dimension_id, outcome, calls, units FROM usage_hour) AS wrong
                """, at: url) == "0")
    }

    /// What an agent does, on a thread of its own: totals that grow, to one collector after the other, each batch until one
    /// acknowledges it.
    private final class Sender: @unchecked Sendable {
        private let ports: [Int]
        private let body: (Int) -> [UInt8]
        private let state = NSCondition()
        private var isOn = true
        private var isOver = false
        private var counts = (acknowledged: 0, failures: 0)

        init(ports: [Int], body: @escaping (Int) -> [UInt8]) {
            self.ports = ports
            self.body = body
            Thread.detachNewThread { self.send() }
        }

        var acknowledged: Int { state.withLock { counts.acknowledged } }
        var failures: Int { state.withLock { counts.failures } }

        /// Lets it finish its batch.
        ///
        /// - Returns: the last total; it was acknowledged.
        func stop() -> Int {
            state.withLock {
                isOn = false
                while !isOver { state.wait() }
                return counts.acknowledged
            }
        }

        private func send() {
            var next = 0
            while state.withLock({ isOn }) {
                let bytes = body(acknowledged + 1)
                let end = Date().addingTimeInterval(60)
                while !post(bytes, to: ports[next % ports.count]), Date() < end {
                    next += 1
                    state.withLock { counts.failures += 1 }
                }
                next += 1
                // One that nobody took within a minute is counted too, and missed then.
                state.withLock { counts.acknowledged += 1 }
            }
            state.withLock {
                isOver = true
                state.broadcast()
            }
        }

        private func post(_ body: [UInt8], to port: Int) -> Bool {
            guard let client = try? ClientSocket(port: port, seconds: 30) else { return false }
            client.send(
                "POST /v1/usage HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer \(CollectorUnderTest.agentToken)\r\n"
                    + "Content-Type: application/vnd.weir.usage\r\nContent-Length: \(body.count)\r\n\r\n")
            client.send(body)
            return client.receiveResponse()?.status == 200
        }
    }

    /// A database that goes away: agents' usage waits, `/readyz` says no, `/livez` yes; it comes back, and so does everything.
    @Test func aDatabaseThatGoesAwayIsWaitedFor() throws {
        let server = try PostgresUnderTest()
        let url = try server.newDatabase()
        let collector = try CollectorUnderTest(
            in: try TemporaryDirectory(), ["WEIR_DATABASE": url, "WEIR_DATABASE_RETRY": "100ms"])
        #expect(try collector.post(batch(3, consumers: 1, incarnation: 1)).status == 200)
        try server.stop(SIGINT)
        let ready = try collector.get("/readyz")
        #expect(ready.status == 503)
        #expect(ready["Content-Type"] == "application/problem+json")
        #expect(try collector.get("/livez").status == 200)
        let refused = try collector.post(batch(4, consumers: 1, incarnation: 1))
        #expect(refused.status == 503)
        #expect(refused["Retry-After"] != nil)
        try server.start()
        #expect(try eventually { try collector.get("/readyz").status == 200 })
        #expect(try collector.post(batch(4, consumers: 1, incarnation: 1)).status == 200)
        #expect(try collector.calls() == ["admitted": 4])
    }

    @Test func aDatabaseThatCannotBeUsedEndsTheStartWithItsReason() throws {
        let url = try PostgresUnderTest.database()
        let directory = try TemporaryDirectory()
        func start(_ database: String, _ more: [String: String] = [:]) throws -> (code: Int32?, log: String) {
            let base = [
                "WEIR_STATE_DIR": directory.file("state"), "WEIR_LISTEN": "127.0.0.1:\(freePort())",
                "WEIR_DATABASE": database,
            ]
            let collector = try RunningProgram(
                Programs.collector, environment: base.merging(more) { $1 }, in: directory)
            return (collector.wait(seconds: 20), collector.log)
        }
        let wrong = try start("postgres://u:sesame@h:99999/d")
        #expect(wrong.code == 64)
        #expect(wrong.log.contains("WEIR_DATABASE: port: expected a number from 1 to 65535"))
        let away = try start("postgres://u@127.0.0.1:\(freePort())/d", ["WEIR_DATABASE_PASSWORD": "sesame"])
        #expect(away.code == 69)
        #expect(away.log.contains("Connection refused"))
        try PostgresUnderTest.query(
            "CREATE TABLE schema_version (version BIGINT); INSERT INTO schema_version VALUES (99)", at: url)
        let newer = try start(url)
        #expect(newer.code == 69)
        #expect(newer.log.contains("of version 99"))
        for log in [wrong.log, away.log, newer.log] { #expect(!log.contains("sesame")) }
    }
}

import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// The collector as a process: how it starts, what it takes and refuses, what it shows.
@Suite struct CollectorTests {
    private typealias CollectorUnderTest = UsageTests.CollectorUnderTest

    private func batch(_ calls: UInt64, incarnation: UInt64 = 1, consumer: String = "acme", hour: UInt32? = nil)
        -> [UInt8]
    {
        var dimensions = Dimensions()
        dimensions.consumer = consumer
        let now = UInt32(Date().timeIntervalSince1970 / 3_600)
        let cell = Cell(
            key: Hash128(deriving: consumer), dimensions: dimensions, hour: hour ?? now, outcome: .admitted,
            totals: Totals(calls: calls, units: calls))
        let header = SegmentHeader(
            kind: .final, incarnation: Hash128(low: incarnation, high: 9), number: 1, created: 0, salt: 7)
        return RecordEncoder.segment(
            header, [cell], stamp: RecordStamp(number: 1, wallMicroseconds: 0, monotonicMicroseconds: 0))
    }

    @Test func withNoVariableAtAllItMakesItsTokens() throws {
        let directory = try TemporaryDirectory()
        let port = freePort()
        let environment = ["WEIR_LISTEN": "127.0.0.1:\(port)", "STATE_DIRECTORY": directory.file("state")]
        let collector = try RunningProgram(Programs.collector, environment: environment, in: directory)
        #expect(eventually { collector.log.contains("An agent sends here") })
        let file = directory.file("state/collector/tokens.env")
        #expect(collector.log.contains("\(file)  (made now)"))
        var info = stat()
        #expect(stat(file, &info) == 0)
        #expect(info.st_mode & 0o777 == 0o600)
        let tokens = try String(contentsOfFile: file, encoding: .utf8)
        #expect(
            tokens.contains(
                try Regex(
                    "^WEIR_COLLECTOR_TOKEN=[0-9a-f]{64}\nWEIR_ADMIN_TOKEN=[0-9a-f]{64}\nWEIR_KEY_PEPPER=[0-9a-f]{64}\n$"
                )))
        #expect(!collector.log.contains(tokens.prefix(60).suffix(20)))
        collector.send(SIGTERM)
        #expect(collector.wait() == 0)
        // A second start keeps them.
        let again = try RunningProgram(Programs.collector, environment: environment, in: directory)
        #expect(eventually { again.log.contains("An agent sends here") })
        #expect(try String(contentsOfFile: file, encoding: .utf8) == tokens)
        again.kill()
        chmod(file, 0o644)
        let open = try RunningProgram(Programs.collector, environment: environment, in: directory)
        #expect(open.wait() == 69)
        #expect(open.log.contains("chmod 0600"))
    }

    @Test func batchesMergeByMaxInAnyOrder() throws {
        let collector = try CollectorUnderTest(in: try TemporaryDirectory())
        for calls in [5, 9, 7, 9] as [UInt64] {
            #expect(try collector.post(batch(calls)).status == 200)
        }
        #expect(try collector.calls() == ["admitted": 9])
        let receipt = try collector.post(batch(9)).body
        #expect(receipt.contains("\"cells\":1"))
        #expect(receipt.contains("\"changed\":0"))
        #expect(try collector.post(batch(4, incarnation: 2)).body.contains("\"changed\":1"))
        #expect(try collector.calls() == ["admitted": 13])
    }

    @Test func onlyTheRightTokenIsTaken() throws {
        let collector = try CollectorUnderTest(in: try TemporaryDirectory())
        #expect(try collector.post(batch(1), token: "wrong-token-0123456789").status == 401)
        #expect(try collector.post(batch(1), token: CollectorUnderTest.adminToken).status == 403)
        #expect(try collector.get("/v1/usage", token: CollectorUnderTest.agentToken).status == 403)
        #expect(try collector.get("/v1/usage").status == 200)
        let client = try ClientSocket(port: collector.port)
        client.send("GET /v1/usage HTTP/1.1\r\nHost: c\r\n\r\n")
        let reply = try #require(client.receiveResponse())
        #expect(reply.status == 401)
        #expect(reply["WWW-Authenticate"] == "Bearer realm=\"weir\"")
    }

    @Test func severalAgentTokensAreTakenWhileTheyAreChanged() throws {
        let collector = try CollectorUnderTest(
            in: try TemporaryDirectory(), ["WEIR_COLLECTOR_TOKEN": "the-old-token-0123456789, the-new-token-0123456789"]
        )
        #expect(try collector.post(batch(1), token: "the-old-token-0123456789").status == 200)
        #expect(try collector.post(batch(2), token: "the-new-token-0123456789").status == 200)
    }

    @Test func aBatchIsTakenWholeOrRefusedWithItsPlace() throws {
        let collector = try CollectorUnderTest(in: try TemporaryDirectory())
        var damaged = batch(1)
        damaged[damaged.count - 20] ^= 1
        let reply = try collector.post(damaged)
        #expect(reply.status == 400)
        #expect(reply["Content-Type"] == "application/problem+json")
        #expect(reply.body.contains("the batch: expected a whole record at byte"))
        #expect(try collector.post(Array("{}".utf8)).status == 400)
        #expect(try collector.post([]).status == 400)
        #expect(try collector.post(batch(1), type: "application/json").status == 415)
        #expect(try collector.post(batch(1 << 57)).status == 400)
        #expect(try collector.calls().isEmpty)
    }

    @Test func aBodyThatIsTooLargeIsRefusedWhateverItSays() throws {
        let collector = try CollectorUnderTest(in: try TemporaryDirectory(), ["WEIR_MAX_BODY": "64KiB"])
        #expect(try collector.post([UInt8](repeating: 0, count: 65_537)).status == 413)
        let client = try ClientSocket(port: collector.port)
        client.send(
            "POST /v1/usage HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer \(CollectorUnderTest.agentToken)\r\n"
                + "Content-Type: application/vnd.weir.usage\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in 0..<5 { client.send("4000\r\n" + String(repeating: "x", count: 0x4000) + "\r\n") }
        #expect(client.receiveResponse()?.status == 413)
        #expect(try collector.get("/livez").status == 200)
    }

    @Test func questionsThatMakeNoSenseAreRefusedByName() throws {
        let collector = try CollectorUnderTest(in: try TemporaryDirectory())
        for (query, word) in [
            ("from=yesterday", "from: expected a time such as"),
            ("granularity=minute", "granularity: expected one of hour, day, month, total"),
            ("by=colour", "by: expected one of"), ("consumr=x", "try consumer"), ("outcome=admited", "try admitted"),
            ("from=2026-02-01&to=2026-01-01", "from: expected a time before to"),
            ("format=xml", "format: expected one of json, csv"),
            ("from=2026-02-30", "from: expected a time"),
        ] {
            let reply = try collector.get("/v1/usage?\(query)")
            #expect(reply.status == 400, "\(query)")
            #expect(reply.body.contains(word), "\(query): \(reply.body)")
        }
    }

    @Test func usageIsSummedByHourDayMonthAndInAll() throws {
        let collector = try CollectorUnderTest(in: try TemporaryDirectory())
        // 2026-01-31T23 and the hour after it, which is another day and month.
        let end: UInt32 = 491_639
        #expect(try collector.post(batch(3, incarnation: 1, hour: end)).status == 200)
        #expect(try collector.post(batch(4, incarnation: 2, hour: end + 1)).status == 200)
        #expect(
            try collector.post(batch(5, incarnation: 3, consumer: "it's; DROP TABLE cell", hour: end + 30)).status
                == 200)
        func rows(_ granularity: String, _ more: String = "") throws -> [String] {
            let csv = try collector.get(
                "/v1/usage?format=csv&from=2026-01-01&to=2026-03-01&by=&granularity=\(granularity)\(more)"
            ).body
            return csv.split(separator: "\r\n").dropFirst().map(String.init)
        }
        #expect(
            try rows("hour") == [
                "2026-01-31T23:00:00Z,3,3,0,0", "2026-02-01T00:00:00Z,4,4,0,0", "2026-02-02T05:00:00Z,5,5,0,0",
            ])
        #expect(
            try rows("day") == [
                "2026-01-31T00:00:00Z,3,3,0,0", "2026-02-01T00:00:00Z,4,4,0,0", "2026-02-02T00:00:00Z,5,5,0,0",
            ])
        #expect(try rows("month") == ["2026-01-01T00:00:00Z,3,3,0,0", "2026-02-01T00:00:00Z,9,9,0,0"])
        #expect(try rows("total") == ["2026-01-01T00:00:00Z,12,12,0,0"])
        #expect(try rows("total", "&consumer=acme") == ["2026-01-01T00:00:00Z,7,7,0,0"])
        #expect(try rows("total", "&consumer=it%27s%3B%20DROP%20TABLE%20cell") == ["2026-01-01T00:00:00Z,5,5,0,0"])
        #expect(
            try rows("total", "&consumer=acme&consumer=it%27s%3B%20DROP%20TABLE%20cell") == [
                "2026-01-01T00:00:00Z,12,12,0,0"
            ])
    }

    @Test func spreadsheetsSeeTextWhereTextIs() throws {
        let collector = try CollectorUnderTest(in: try TemporaryDirectory())
        _ = try collector.post(batch(1, consumer: "=HYPERLINK(\"x\"), yes"))
        let csv = try collector.get("/v1/usage?format=csv&by=consumer&granularity=total").body
        #expect(csv.contains(",\"'=HYPERLINK(\"\"x\"\"), yes\",1,1,0,0"))
    }

    @Test func whatTheMachineLacksEndsWith69() throws {
        let directory = try TemporaryDirectory()
        let first = try CollectorUnderTest(in: directory)
        func start(_ settings: [String: String]) throws -> (Int32?, String) {
            let own = try TemporaryDirectory()
            let base = ["WEIR_STATE_DIR": own.file("state"), "WEIR_LISTEN": "127.0.0.1:\(freePort())"]
            let collector = try RunningProgram(Programs.collector, environment: base.merging(settings) { $1 }, in: own)
            return (collector.wait(seconds: 20), collector.log)
        }
        let (port, portLog) = try start(["WEIR_LISTEN": "127.0.0.1:\(first.port)"])
        #expect(port == 69)
        #expect(portLog.contains("cannot listen: Address already in use"))
        #expect(try start(["WEIR_STATE_DIR": "/proc/nowhere"]).0 == 69)
        #expect(try start(["WEIR_DATABASE": "sqlite:/proc/nowhere/x.sqlite"]).0 == 69)
        // A database of a newer version is left as it is.
        let newer = try TemporaryDirectory()
        let shell = try RunningProgram(
            "sqlite3",
            [
                newer.file("db.sqlite"),
                "CREATE TABLE schema_version (version BIGINT); INSERT INTO schema_version VALUES (99)",
            ],
            in: newer)
        #expect(shell.wait() == 0)
        let (version, versionLog) = try start(["WEIR_DATABASE": "sqlite:\(newer.file("db.sqlite"))"])
        #expect(version == 69)
        #expect(versionLog.contains("of version 99, this program knows"))
        // One that another process holds.
        let held = try TemporaryDirectory()
        let holder = try RunningProgram(
            "python3",
            [
                "-c",
                "import sqlite3,sys,time\nc=sqlite3.connect(sys.argv[1],isolation_level=None)\nc.execute('BEGIN EXCLUSIVE')\nprint('held',flush=True)\ntime.sleep(60)",
                held.file("db.sqlite"),
            ], in: held)
        #expect(eventually { holder.log.contains("held") })
        let (locked, lockedLog) = try start(["WEIR_DATABASE": "sqlite:\(held.file("db.sqlite"))"])
        #expect(locked == 69)
        #expect(lockedLog.contains("another process holds the database"))
    }

    @Test func settingsThatMakeNoSenseEndWith64() throws {
        let directory = try TemporaryDirectory()
        let collector = try RunningProgram(
            Programs.collector,
            environment: [
                "WEIR_LISTEN": "0.0.0.0:9188", "WEIR_DATABASE": "mysql://x", "WEIR_ADMIN_TOKEN": "short",
                "WEIR_LISTN": "x",
            ],
            in: directory)
        #expect(collector.wait() == 64)
        #expect(collector.log.split(separator: "\n").count == 4)
    }
}

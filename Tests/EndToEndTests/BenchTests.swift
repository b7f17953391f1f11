import Foundation
import Testing
import WeirTestSupport

/// `weir bench` against real servers. That it measures, and what it prints: never how fast this machine is today.
@Suite(.serialized) struct BenchTests {
    @Test func manyKeysAreMeasuredInProcess() throws {
        let directory = try TemporaryDirectory()
        func keys(_ more: [String]) throws -> (Int32?, String) {
            let program = try RunningProgram(
                Programs.weir, ["bench", "keys", "--keys", "2000", "--changes", "3"] + more, in: directory)
            let code = program.wait(seconds: 60)
            return (code, program.log)
        }
        let (code, text) = try keys([])
        #expect(code == 0, "\(text)")
        for word in ["2,000 API keys", "memory of each key", "load", "change of 1 key", "under the lock"] {
            #expect(text.contains(word), "\(text)")
        }
        let (_, json) = try keys(["--json"])
        for name in ["bytes_per_key", "load_seconds", "change_us", "swap_longest_us", "check_ns"] {
            #expect(json.contains("\"\(name)\""), "\(json)")
        }
        #expect(try keys(["--keys", "1"]).0 == 64)
    }

    private func bench(_ arguments: [String], _ environment: [String: String] = [:]) throws -> (
        code: Int32?, output: String
    ) {
        let directory = try TemporaryDirectory()
        let program = try RunningProgram(
            Programs.weir, ["bench"] + arguments + ["--quick"], environment: environment, in: directory)
        return (program.wait(seconds: 120), program.log)
    }

    /// The JSON object behind the lines of progress.
    private func report(_ arguments: [String], _ environment: [String: String] = [:]) throws -> [String: Any] {
        let (code, output) = try bench(arguments + ["--json"], environment)
        try #require(code == 0, "\(output)")
        let start = try #require(output.firstIndex(of: "{"))
        return try #require(
            try JSONSerialization.jsonObject(with: Data(output[start...].utf8)) as? [String: Any], "\(output)")
    }

    private func number(_ path: String, _ object: [String: Any]) -> Double? {
        var value: Any? = object
        for part in path.split(separator: ".") { value = (value as? [String: Any])?[String(part)] }
        return (value as? NSNumber)?.doubleValue
    }

    private func expectPositive(_ paths: [String], in report: [String: Any]) {
        for path in paths { #expect((number(path, report) ?? -1) > 0, "\(path)") }
    }

    @Test func theFloorIsMeasuredBesideTheAgent() throws {
        let report = try report(["--floor"])
        expectPositive(
            [
                "closed_64x1.ratio", "closed_64x1.floor_per_second", "closed_8x16.ratio", "http_64x1.ratio",
                "cpu_per_check.ratio", "cpu_per_check.agent_us", "cpu_per_check_8x16.ratio", "limiter_ns",
                "limiter_ns_one_rule", "open_20k.p50_us", "open_20k.p99_us", "open_20k.floor.p50_us", "rss_mb",
                "table_bytes_per_key", "startup_ms", "machine.processors",
            ], in: report)
        #expect(report["web"] == nil)
    }

    @Test(arguments: ["nginx", "lua", "haproxy"])
    func aWebServerIsMeasuredWithEachDoor(server: String) throws {
        let root = Programs.repository
        let report = try report([
            "web", "--only", server, "--deploy", "\(root)/deploy", "--lua-client", "\(root)/protocol/clients/lua",
        ])
        expectPositive(
            ["web.\(server).ratio_to_stub"]
                + [1, 8, 64].flatMap { connections in
                    [
                        "ratio_to_stub", "nothing_per_second", "own_limiter_per_second", "stub_per_second",
                        "agent_per_second",
                    ]
                    .map { "web.\(server).connections_\(connections).\($0)" }
                }, in: report)
    }

    @Test(.enabled(if: access("/usr/bin/strace", X_OK) == 0))
    func faultsAreMeasuredAgainstNormalRuns() throws {
        let report = try report(["--faults", "--seconds", "1.5"])
        expectPositive(
            ["collector_down", "fdatasync_stalled", "new_keys_10k"].flatMap { fault in
                ["p99_ratio", "per_second", "normal.p99_us", "broken.p99_us"].map { "faults.\(fault).\($0)" }
            }, in: report)
    }

    @Test func ingestIsMeasuredOnBothDatabasesAndLeavesTheOneGivenEmpty() throws {
        let url = try PostgresUnderTest.database()
        let report = try report(["ingest", "--database", url])
        expectPositive(
            ["sqlite", "postgresql"].flatMap { database in
                ["ratio", "rows_per_second", "bare_rows_per_second", "bare_cells_only_rows_per_second"].map {
                    "ingest.\(database).\($0)"
                }
            } + ["usage_rows", "rows_of_consumer", "answer_rows", "ms"].map { "ingest.query_90_days.\($0)" }, in: report
        )
        let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        #expect(try PostgresUnderTest.query(tables, at: url) == "0")
        // One that is in use is not touched.
        try PostgresUnderTest.query("CREATE TABLE mine (n BIGINT)", at: url)
        let refused = try bench(["ingest", "--database", url, "--rows", "0"])
        #expect(refused.code == 2)
        #expect(refused.output.contains("it has 1 tables: give --database an empty one"))
        #expect(try PostgresUnderTest.query(tables, at: url) == "1")
    }

    @Test func purchasesAreMeasuredAndEachIsOneCall() throws {
        let report = try report(["sales"])
        expectPositive(
            [
                "purchases", "purchase_to_call.p99_us", "windows_per_second_one_an_exchange",
                "windows_per_second_many_an_exchange",
            ].map { "sales.sqlite.\($0)" }, in: report)
        #expect(number("sales.sqlite.purchases", report) == number("sales.sqlite.denied_at_the_next_call", report))
    }

    @Test func anAgentThatRunsIsLoadedAndCountsTheChecks() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "few: 100/h by ip"])
        let environment = AgentUnderTest.environment(agent.directory, agent.adminPort)
        let closed = try report(["--connections", "2", "--seconds", "0.2"], environment)
        let open = try report(["--http", "--rate", "500", "--seconds", "0.2"], environment)
        expectPositive(["load.answers", "load.per_second", "load.p50_us", "load.p999_us"], in: closed)
        expectPositive(["load.answers", "load.p99_us"], in: open)
        let answers = try #require(number("load.answers", closed)) + #require(number("load.answers", open))
        let allowed = try agent.metric("weir_checks_total{decision=\"allow\"}") ?? 0
        let denied = try agent.metric("weir_checks_total{decision=\"deny\"}") ?? 0
        #expect(Double(allowed + denied) >= answers)
        let text = try bench(["--connections", "1", "--seconds", "0.2"], environment)
        #expect(text.code == 0)
        #expect(text.output.contains("answers  per second  denied"))
    }

    @Test func withoutWhatItNeedsItSaysSo() throws {
        let directory = try TemporaryDirectory()
        let socket = directory.file("agent.sock")
        let load = try bench([], ["WEIR_SOCKET": socket])
        #expect(load.code == 2)
        #expect(load.output.contains("cannot connect to \(socket): No such file or directory"))
        let floor = try bench(["--floor", "--agent", directory.file("none")])
        #expect(floor.code == 2)
        #expect(floor.output.contains("no agent at \(directory.file("none")): build weir-agent, or give --agent"))
        let broken = try bench(["--floor", "--agent", "/bin/false"])
        #expect(broken.code == 2)
        #expect(broken.output.contains("weir-agent has ended"))
        #expect(try bench(["--floor", "--rate", "5"]).code == 64)
    }

    @Test func nothingIsLeftBehind() throws {
        let directory = try TemporaryDirectory()
        let program = try RunningProgram(Programs.weir, ["bench", "--floor"], in: directory)
        // Other tests measure at the same time.
        func directories() throws -> [String] {
            try ["/tmp", "/dev/shm"].flatMap { folder in
                try FileManager.default.contentsOfDirectory(atPath: folder).filter {
                    $0.hasPrefix("weir-bench-\(program.pid)-")
                }
            }
        }
        let isUnderWay = eventually { program.log.contains("start to first decision: 2") }
        #expect(isUnderWay, "\(program.log)")
        #expect(try !directories().isEmpty)
        program.send(SIGINT)
        #expect(program.wait() == 2)
        #expect(program.log.contains("interrupted"))
        #expect(try directories().isEmpty)
    }
}

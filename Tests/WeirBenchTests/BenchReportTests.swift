import Foundation
import Testing
import WeirBench

/// The object that `weir bench --json` prints: scripts read its keys.
@Suite struct BenchReportTests {
    private func object(_ report: BenchReport) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(report)) as? [String: Any])
    }

    private func number(_ path: String, _ object: [String: Any]) -> Double? {
        var value: Any? = object
        for part in path.split(separator: ".") { value = (value as? [String: Any])?[String(part)] }
        return (value as? NSNumber)?.doubleValue
    }

    private func result(answers: UInt64, seconds: Double = 2, nanoseconds: Int64 = 0) -> LoadResult {
        var result = LoadResult()
        result.answers = answers
        result.seconds = seconds
        result.serverNanoseconds = nanoseconds
        result.latencies.record(12_000)
        return result
    }

    private func comparison(floor: [UInt64], agent: [UInt64]) -> Comparison {
        var comparison = Comparison()
        for answers in floor { comparison.floor.add(result(answers: answers, nanoseconds: 1_000_000_000)) }
        for answers in agent { comparison.agent.add(result(answers: answers, nanoseconds: 1_000_000_000)) }
        return comparison
    }

    @Test func ratiosAreMediansOfPairs() throws {
        var report = BenchReport(machine: .current)
        var latencies = Latencies()
        for microsecond in 1...100 { latencies.record(Int64(microsecond) * 1_000) }
        var limiter = LimiterReport()
        limiter.threeRules.add(151.25)
        limiter.oneRule.add(71)
        report.floor = FloorReport(
            closed64x1: comparison(floor: [200_000, 100_000, 400_000], agent: [180_000, 95_000, 100_000]),
            closed8x16: comparison(floor: [1_000], agent: [800]), http64x1: comparison(floor: [10], agent: [9]),
            open: latencies, openFloor: latencies, limiter: limiter,
            footprint: Footprint(
                startMilliseconds: Samples([40, 30, 50]), bytesWithoutTables: 10_485_760, bytesPerKey: 95.5,
                residentBytes: 52_428_800))
        let json = try object(report)
        #expect(number("closed_64x1.ratio", json) == 0.9)
        #expect(number("closed_64x1.ratio_lowest", json) == 0.25)
        #expect(number("closed_64x1.ratio_highest", json) == 0.95)
        #expect(number("closed_64x1.agent_per_second", json) == 50_000)
        #expect(number("closed_8x16.ratio", json) == 0.8)
        #expect(number("cpu_per_check.ratio", json) == 1.1111)
        #expect(number("cpu_per_check_8x16.ratio", json) == 1.25)
        #expect(number("limiter_ns", json) == 151.25)
        #expect(number("limiter_ns_one_rule", json) == 71)
        #expect(abs(try #require(number("open_20k.p50_us", json)) - 50) < 0.1)
        #expect(abs(try #require(number("open_20k.p99_us", json)) - 99) < 0.1)
        #expect(number("rss_mb", json) == 10)
        #expect(number("vm_rss_mb", json) == 50)
        #expect(number("table_bytes_per_key", json) == 95.5)
        #expect(number("startup_ms", json) == 40)
        #expect(json["web"] == nil && json["faults"] == nil && json["load"] == nil)
    }

    @Test func aWebServersRatioIsTheLowestOfAllConnections() throws {
        var report = BenchReport(machine: .current)
        var web = WebReport()
        for (server, connections, agent) in [
            (.nginx, 1, 95), (.nginx, 8, 92), (.haproxy, 8, 91), (.nginx, 64, 97),
        ] as [(WebServer, Int, UInt64)] {
            var row = WebReport.Row(server, connections: connections)
            for door in WebDoor.allCases { row.add(result(answers: door == .agent ? agent : 100, seconds: 1), door) }
            web.rows.append(row)
        }
        report.web = web
        let json = try object(report)
        #expect(number("web.nginx.ratio_to_stub", json) == 0.92)
        #expect(number("web.nginx.connections_1.ratio_to_stub", json) == 0.95)
        #expect(number("web.nginx.connections_64.agent_per_second", json) == 97)
        #expect(number("web.nginx.connections_8.own_limiter_per_second", json) == 100)
        #expect(number("web.haproxy.ratio_to_stub", json) == 0.91)
        #expect(number("web.lua.ratio_to_stub", json) == nil)
    }

    @Test func faultsCompareMediansOfP99() throws {
        var pair = FaultReport.Pair(perSecond: 50_000)
        for microseconds in [100, 120, 110] as [Int64] {
            var run = LoadResult()
            run.latencies.record(microseconds * 1_000)
            pair.normal.add(run)
            run = LoadResult()
            run.latencies.record(microseconds * 2_000)
            pair.broken.add(run)
        }
        var report = BenchReport(machine: .current)
        report.faults = FaultReport(
            collectorDown: pair, fdatasyncStalled: pair, newKeys: pair, storeStopped: pair, storeSlow: pair,
            storeGone: pair)
        let json = try object(report)
        for fault in ["collector_down", "fdatasync_stalled", "new_keys_10k"] {
            #expect(abs(try #require(number("faults.\(fault).p99_ratio", json)) - 2) < 0.01)
            #expect(number("faults.\(fault).per_second", json) == 50_000)
            #expect(abs(try #require(number("faults.\(fault).normal.p99_us", json)) - 110) < 0.2)
        }
    }
}

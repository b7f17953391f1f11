import WeirBench

/// The report as people read it: a table for each part, ratios beside what they are made of.
struct BenchText {
    private let report: BenchReport

    init(_ report: BenchReport) { self.report = report }

    static func json(_ report: BenchReport) throws(BenchFailure) -> String {
        do {
            return try JSONText.encode(report)
        } catch {
            throw BenchFailure("cannot write the report: \(error)")
        }
    }

    var text: String {
        var parts = ["\(report.machine.processors) processors, \(report.machine.model)"]
        if let floor = report.floor { parts += [closed(floor), processorTime(floor), open(floor), process(floor)] }
        if let limiter = report.limiter { parts.append(process(limiter).text) }
        if let web = report.web { parts.append(table(web)) }
        if let faults = report.faults { parts.append(table(faults)) }
        if let ingest = report.ingest { parts += tables(ingest) }
        if let sales = report.sales { parts.append(table(sales)) }
        if let load = report.load { parts.append(text(load.result)) }
        return parts.joined(separator: "\n\n")
    }

    // MARK: The floor

    private func rows(_ floor: FloorReport) -> [(name: String, comparison: Comparison)] {
        [
            ("native, 64 connections × 1", floor.closed64x1), ("native, 8 connections × 16", floor.closed8x16),
            ("HTTP, 64 connections × 1", floor.http64x1),
        ]
    }

    private func closed(_ floor: FloorReport) -> String {
        var table = TextTable(
            ["answers/s", "floor", "agent", "ratio", "lowest", "highest", "floor p99", "agent p99"],
            rightAligned: [1, 2, 3, 4, 5, 6, 7])
        for (name, comparison) in rows(floor) {
            table.add([
                name, rate(comparison.floor.perSecond), rate(comparison.agent.perSecond),
                Wording.decimals(comparison.ratio.median, 2), Wording.decimals(comparison.ratio.lowest, 2),
                Wording.decimals(comparison.ratio.highest, 2), latency(comparison.floor.latencies, 99),
                latency(comparison.agent.latencies, 99),
            ])
        }
        return table.text
    }

    private func processorTime(_ floor: FloorReport) -> String {
        var table = TextTable(
            ["processor time per answer", "floor", "agent", "ratio", "floor busy", "agent busy"],
            rightAligned: [1, 2, 3, 4, 5])
        for (name, comparison) in rows(floor) {
            table.add([
                name, "\(Wording.decimals(comparison.floor.microsecondsPerAnswer.median, 2)) µs",
                "\(Wording.decimals(comparison.agent.microsecondsPerAnswer.median, 2)) µs",
                Wording.decimals(comparison.processorRatio.median, 2), percent(comparison.floor.serverShare),
                percent(comparison.agent.serverShare),
            ])
        }
        return table.text
    }

    private func open(_ floor: FloorReport) -> String {
        var table = TextTable(["20,000 checks/s, open loop", "p50", "p99", "p99.9"], rightAligned: [1, 2, 3])
        for (name, latencies) in [("floor", floor.openFloor), ("agent", floor.open)] {
            table.add([name, latency(latencies, 50), latency(latencies, 99), latency(latencies, 99.9)])
        }
        return table.text
    }

    private func process(_ floor: FloorReport) -> String {
        let footprint = floor.footprint
        var table = process(floor.limiter)
        table.add(["start to first decision", "\(Wording.decimals(footprint.startMilliseconds.median, 1)) ms"])
        table.add(["memory at rest, without tables", megabytes(footprint.bytesWithoutTables)])
        table.add(["resident in all, with code and tables", megabytes(footprint.residentBytes)])
        table.add(["tables, for each of WEIR_MAX_KEYS", "\(Int(footprint.bytesPerKey.rounded())) B"])
        return table.text
    }

    private func process(_ limiter: LimiterReport) -> TextTable {
        var table = TextTable(["in process", ""], rightAligned: [1])
        table.add(["check of three rules and a key, with lock, cell and frame", nanoseconds(limiter.threeRules)])
        table.add(["check of one rule", nanoseconds(limiter.oneRule)])
        table.add(["of each, lock and frame", nanoseconds(limiter.reading)])
        return table
    }

    // MARK: The others

    private func name(_ server: WebServer) -> String {
        switch server {
        case .nginx: "nginx, auth_request"
        case .lua: "nginx, Lua client"
        case .haproxy: "HAProxy, SPOE"
        }
    }

    private func table(_ web: WebReport) -> String {
        var table = TextTable(
            [
                "requests/s", "connections", "nothing", "own limiter", "stub", "agent", "agent / stub", "lowest",
                "highest",
            ],
            rightAligned: [1, 2, 3, 4, 5, 6, 7, 8])
        for row in web.rows {
            table.add([
                name(row.server), "\(row.connections)", rate(row.nothing), rate(row.own), rate(row.stub),
                rate(row.agent),
                Wording.decimals(row.ratioToStub.median, 2), Wording.decimals(row.ratioToStub.lowest, 2),
                Wording.decimals(row.ratioToStub.highest, 2),
            ])
        }
        return table.text
    }

    private func table(_ faults: FaultReport) -> String {
        var table = TextTable(
            ["warm checks while", "per second", "normal p50", "p99", "broken p50", "p99", "p99 ratio"],
            rightAligned: [1, 2, 3, 4, 5, 6])
        let rows = [
            ("the collector is down", faults.collectorDown), ("fdatasync stalls", faults.fdatasyncStalled),
            ("10,000 new keys/s come", faults.newKeys), ("Redis is stopped", faults.storeStopped),
            ("Redis answers 50 ms late", faults.storeSlow), ("Redis is gone", faults.storeGone),
        ]
        for (name, pair) in rows {
            table.add([
                name, Wording.count(UInt64(pair.perSecond)), microseconds(pair.normal.p50.median),
                microseconds(pair.normal.p99.median),
                microseconds(pair.broken.p50.median), microseconds(pair.broken.p99.median),
                Wording.decimals(pair.p99Ratio, 2),
            ])
        }
        return table.text
    }

    private func table(_ sales: SalesReport) -> String {
        var table = TextTable(
            [
                "sales", "purchase to call p50", "p99", "longest", "denied at the next call",
                "windows/s, 1 an exchange",
                "windows/s, many",
            ], rightAligned: [1, 2, 3, 4, 5, 6])
        for (name, database) in [("SQLite", sales.sqlite), ("PostgreSQL", sales.postgreSQL)] {
            guard let database else { continue }
            table.add([
                name, latency(database.toCall, 50), latency(database.toCall, 99), latency(database.toCall, 100),
                "\(database.denials) of \(database.purchases)", rate(database.single),
                "\(rate(database.batched)) (\(database.windows))",
            ])
        }
        return table.text
    }

    private func tables(_ ingest: IngestReport) -> [String] {
        var rates = TextTable(
            [
                "cells/s, batches of \(ingest.cellsPerBatch)", "bare loop", "store", "ratio", "lowest", "highest",
                "bare, cells only", "ratio",
            ],
            rightAligned: [1, 2, 3, 4, 5, 6, 7])
        for (name, database) in [("SQLite", ingest.sqlite), ("PostgreSQL", ingest.postgreSQL)] {
            guard let database, !database.store.values.isEmpty else { continue }
            rates.add([
                name, rate(database.bare), rate(database.store), Wording.decimals(database.ratio.median, 2),
                Wording.decimals(database.ratio.lowest, 2), Wording.decimals(database.ratio.highest, 2),
                rate(database.bareCells), Wording.decimals(database.ratioToCells.median, 2),
            ])
        }
        var parts = ingest.sqlite.store.values.isEmpty && ingest.postgreSQL == nil ? [] : [rates.text]
        if ingest.usageRows > 0 {
            var reading = TextTable(
                [
                    "90 days of a consumer by hour, SQLite", "usage rows", "rows summed", "rows answered", "median",
                    "longest",
                ],
                rightAligned: [1, 2, 3, 4, 5])
            reading.add([
                "", Wording.count(UInt64(ingest.usageRows)), Wording.count(UInt64(ingest.rowsOfConsumer)),
                Wording.count(UInt64(ingest.answerRows)),
                "\(Wording.decimals(ingest.queryMilliseconds.median, 1)) ms",
                "\(Wording.decimals(ingest.queryMilliseconds.highest, 1)) ms",
            ])
            parts.append(reading.text)
        }
        return parts
    }

    private func text(_ result: LoadResult) -> String {
        var table = TextTable(
            ["answers", "per second", "denied", "p50", "p99", "p99.9"], rightAligned: [0, 1, 2, 3, 4, 5])
        table.add([
            Wording.count(result.answers), Wording.count(UInt64(result.perSecond)), Wording.count(result.refusals),
            latency(result.latencies, 50), latency(result.latencies, 99), latency(result.latencies, 99.9),
        ])
        return result.unanswered == 0
            ? table.text : "\(table.text)\n\(Wording.count(result.unanswered)) requests were due and not answered"
    }

    // MARK: Numbers

    private func rate(_ samples: Samples) -> String { Wording.count(UInt64(samples.median)) }
    private func percent(_ samples: Samples) -> String { "\(Int((samples.median * 100).rounded())) %" }
    private func nanoseconds(_ samples: Samples) -> String { "\(Int(samples.median.rounded())) ns" }
    private func megabytes(_ bytes: Double) -> String { "\(Wording.decimals(bytes / 1_048_576, 1)) MiB" }
    private func microseconds(_ value: Double) -> String { "\(Wording.decimals(value, 1)) µs" }
    private func latency(_ latencies: Latencies, _ percentile: Double) -> String {
        microseconds(latencies.microseconds(percentile: percentile))
    }
}

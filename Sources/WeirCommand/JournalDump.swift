import ArgumentParser
import FoundationEssentials
import WeirCore
import WeirJournal

/// `weir journal dump`: what does each file hold?
struct JournalDump: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump", abstract: "Print the totals and windows that the journal and the hot tables hold.",
        discussion: """
            Totals are an incarnation's own, and cumulative: the larger of two that tell of the same cell counts.

            Examples:
              weir journal dump
              weir journal dump live-5a0c… --json
            """)

    @Argument(help: "Files whose names begin so; all when none is named.")
    var files: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    private struct Row: Encodable {
        var file: String
        var incarnation: String
        var time: String
        var outcome: String
        var contract: String
        var consumer: String
        var plan: String
        var key: String
        var product: String
        var route: String
        var calls: UInt64
        var units: UInt64
        var bytesIn: UInt64
        var bytesOut: UInt64
    }

    private struct Window: Encodable {
        var file: String
        var key: String
        var end: String
        var amount: Int64
        var used: Int64
    }

    private struct Output: Encodable {
        var totals: [Row]
        var windows: [Window]
    }

    func run() throws {
        let chosen = try JournalCommand.survey().files.filter { file in
            files.isEmpty || files.contains { file.name.hasPrefix($0) }
        }
        guard !chosen.isEmpty else {
            throw CommandFailure.noAnswer("no such file in the journal: weir journal verify lists them")
        }
        let output = Output(totals: chosen.flatMap(Self.rows), windows: chosen.flatMap(Self.windows))
        if json { return print(try JSONText.encode(output)) }
        var table = TextTable(
            ["time", "outcome", "consumer", "plan", "key", "product", "route", "calls", "units", "in", "out", "file"],
            rightAligned: [7, 8, 9, 10])
        for row in output.totals {
            let texts = [row.consumer, row.plan, row.key, row.product, row.route].map { $0.isEmpty ? "-" : $0 }
            let numbers = [row.calls, row.units, row.bytesIn, row.bytesOut].map(Wording.count)
            table.add([row.time, row.outcome] + texts + numbers + [Self.short(row.file)])
        }
        print(table.text)
        guard !output.windows.isEmpty else { return }
        var windows = TextTable(["window ends", "used", "of", "limit key", "file"], rightAligned: [1, 2])
        for window in output.windows {
            windows.add([
                window.end, Wording.count(UInt64(clamping: window.used)),
                Wording.count(UInt64(clamping: window.amount)),
                window.key, Self.short(window.file),
            ])
        }
        print("\n\(windows.text)")
    }

    /// A file's name with the incarnation cut to what tells it apart.
    private static func short(_ name: String) -> String {
        let parts = name.split(separator: "-")
        guard parts.count >= 2 else { return name }
        return ([parts[0], parts[1].prefix(8) + "…"] + parts.dropFirst(2)).joined(separator: "-")
    }

    private static func rows(_ file: JournalSurvey.File) -> [Row] {
        file.cells.map { cell in
            Row(
                file: file.name, incarnation: file.incarnation?.hex ?? "",
                time: Date(timeIntervalSince1970: TimeInterval(cell.hour) * 3_600).formatted(.iso8601),
                outcome: cell.outcome.name, contract: cell.dimensions.contract, consumer: cell.dimensions.consumer,
                plan: cell.dimensions.plan, key: cell.dimensions.key, product: cell.dimensions.product,
                route: cell.dimensions.route, calls: cell.totals.calls, units: cell.totals.units,
                bytesIn: cell.totals.bytesIn, bytesOut: cell.totals.bytesOut)
        }
    }

    private static func windows(_ file: JournalSurvey.File) -> [Window] {
        file.windows.map { window in
            Window(
                file: file.name, key: window.key.hex,
                end: Date(timeIntervalSince1970: TimeInterval(window.end / 1_000_000)).formatted(.iso8601),
                amount: window.amount, used: window.used)
        }
    }
}

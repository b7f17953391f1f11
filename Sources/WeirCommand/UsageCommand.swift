import ArgumentParser
import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import WeirCore
import WeirJournal
import WeirSettings

/// `weir usage`: what was used?
struct UsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "Show usage: from the collector, or without one from the agent's journal.",
        discussion: """
            The collector is asked when WEIR_COLLECTOR_URL is set, with WEIR_ADMIN_TOKEN or the tokens of a collector on this machine.

            Examples:
              weir usage --by consumer,outcome --granularity day
              weir usage --from 2026-11-01 --to 2026-12-01 --granularity month --csv
              weir usage --filter outcome=denied-rate --json
              weir usage --billing --from 2026-11-01 --filter consumer=42
            """)

    @Option(help: "The first hour: 2026-11-21 or 2026-11-21T03:00:00Z (24 hours ago).")
    var from: String?

    @Option(help: "The end, not included (now).")
    var to: String?

    @Option(help: "hour, day, month or total.")
    var granularity: String = "total"

    @Option(help: "What to tell apart: contract, consumer, plan, key, product, route, outcome.")
    var by: String = "consumer,key,product,route,outcome"

    @Option(help: ArgumentHelp("Only where a dimension has a value; may be repeated.", valueName: "name=value"))
    var filter: [String] = []

    @Flag(help: "Show which calls under contracts were billed, and why the others were not.")
    var billing = false

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Print CSV.")
    var csv = false

    func validate() throws {
        if billing, csv { throw ValidationError("expected --billing without --csv") }
        if json, csv { throw ValidationError("expected either --json or --csv") }
        for filter in filter where !filter.contains("=") {
            throw ValidationError("--filter: expected NAME=VALUE, found \"\(filter)\"")
        }
    }

    func run() async throws {
        let settings = CommandSettings.ofProcess()
        if billing {
            try await showBilling()
        } else if settings.collectorURL.isEmpty {
            try showJournal(settings)
        } else {
            try await askCollector(settings)
        }
    }

    // MARK: The collector

    private struct Document: Decodable {
        var rows: [[String: Field]]
    }

    /// A field of a row: text or a number.
    private enum Field: Decodable {
        case text(String)
        case number(UInt64)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(UInt64.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        var text: String {
            switch self {
            case .text(let text): text
            case .number(let number): Wording.count(number)
            }
        }
    }

    private func askCollector(_ settings: CommandSettings) async throws {
        var parameters = [("granularity", granularity), ("by", by), ("format", csv ? "csv" : "json")]
        if let from { parameters.append(("from", from)) }
        if let to { parameters.append(("to", to)) }
        for filter in filter {
            let parts = filter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            parameters.append((parts[0], parts[1]))
        }
        let query = parameters.map { "\($0.0)=\(Self.escaped($0.1))" }.joined(separator: "&")
        let base = settings.collectorBase
        guard let token = settings.collectorToken else {
            throw CommandFailure.noAnswer("expected WEIR_ADMIN_TOKEN: it is in the collector's tokens.env")
        }
        var request = HTTPClientRequest(url: "\(base)/v1/usage?\(query)")
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        let (status, body): (UInt, String)
        do {
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            status = response.status.code
            body = String(buffer: try await response.body.collect(upTo: 256 << 20))
        } catch {
            throw CommandFailure.noAnswer("no collector at \(base): start weir-collector, or set WEIR_COLLECTOR_URL")
        }
        guard status == 200 else {
            struct Problem: Decodable { var detail: String }
            let detail = (try? JSONDecoder().decode(Problem.self, from: Data(body.utf8)))?.detail
            throw CommandFailure.noAnswer("the collector answers \(status): \(detail ?? String(body.prefix(200)))")
        }
        if json || csv { return print(body, terminator: body.hasSuffix("\n") ? "" : "\n") }
        let rows = try JSONDecoder().decode(Document.self, from: Data(body.utf8)).rows
        let columns = ["time"] + by.split(separator: ",").map(String.init)
        printTable(
            columns, rows.map { row in columns.map { row[$0]?.text ?? "" } + Self.totals.map { row[$0]?.text ?? "0" } })
    }

    private static let totals = ["calls", "units", "bytes_in", "bytes_out"]

    private func printTable(_ columns: [String], _ rows: [[String]]) {
        guard !rows.isEmpty else { return print("no usage in this time") }
        var table = TextTable(
            columns + Self.totals, rightAligned: Set(columns.count..<columns.count + Self.totals.count))
        for row in rows {
            table.add(row.enumerated().map { $0.offset < columns.count && $0.element.isEmpty ? "-" : $0.element })
        }
        print(table.text)
    }

    private static func escaped(_ value: String) -> String {
        value.utf8.map { byte in
            let isPlain =
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "-._~,:".utf8.contains(byte)
            if isPlain { return String(UnicodeScalar(byte)) }
            return (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }

    // MARK: The journal

    private func showJournal(_ settings: CommandSettings) throws {
        let view = try JournalUsage(
            settings, from: from, to: to, granularity: granularity, by: by.split(separator: ",").map(String.init),
            filters: filter)
        if json { return print(try JSONText.encode(view.rows)) }
        if csv {
            print(view.columns.joined(separator: ","))
            for row in view.table { print(row.joined(separator: ",")) }
            return
        }
        print("from the journal in \(settings.stateDirectory)/journal (no WEIR_COLLECTOR_URL)")
        printTable(Array(view.columns.dropLast(Self.totals.count)), view.table)
    }
}

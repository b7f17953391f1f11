import ArgumentParser
import Foundation

/// `weir export`: closed hours of usage, for those who bill elsewhere.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write closed hours of usage to a file, for Stripe, OpenMeter or a spreadsheet.",
        discussion: """
            The same command again writes only what has changed since. A run that was broken off is written again, under the same
            identifiers. The file is replaced when all of it is written.

            Examples:
              weir export stripe --file usage.jsonl
              weir export stripe --file usage.csv
              weir export csv --file all.csv --all
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case stripe, openmeter, csv
    }

    @Argument(help: "stripe (a file that ends in .csv is for its upload of files), openmeter or csv.")
    var format: Format

    @Option(help: "The file.")
    var file: String

    @Option(name: .customLong("as"), help: "The name under which it is remembered how far the export has come.")
    var exporter: String?

    @Flag(help: "Write everything there is once more, and remember nothing.")
    var all = false

    @Flag(help: "Print JSON.")
    var json = false

    private static let page = 5_000

    private var wireFormat: String {
        format == .stripe && file.lowercased().hasSuffix(".csv") ? "stripe-csv" : format.rawValue
    }

    func run() async throws {
        let client = try ShopClient()
        let target = try ExportFile(file)
        let path = "/v1/exports/\(wireFormat)"
        var cursor = all ? 0 : nil as Int64?
        var lines = 0
        var isFirst = true
        while true {
            let page = try await client.get(
                path,
                [
                    ("cursor", cursor.map { "\($0)" }), ("exporter", cursor == nil ? exporter : nil),
                    ("limit", "\(Self.page)"),
                ])
            guard let next = page.cursor else {
                throw CommandFailure.noAnswer("the collector says no place: it is of another version than weir")
            }
            try target.append(page.text)
            lines += page.text.utf8.lazy.filter { $0 == UInt8(ascii: "\n") }.count
            if isFirst, wireFormat.hasSuffix("csv") { lines -= 1 }
            (cursor, isFirst) = (next, false)
            if !page.hasMore { break }
        }
        try target.finish()
        if !all {
            var body: [String: ShopValue] = ["cursor": .number(cursor ?? 0)]
            body.set("exporter", exporter)
            _ = try await client.post(path, body)
        }
        if json {
            return print(
                try JSONText.encode([
                    "file": ShopValue.text(file), "entries": .number(Int64(lines)), "cursor": .number(cursor ?? 0),
                ]))
        }
        print(lines == 0 ? "nothing has changed since the last export" : "wrote \(lines) to \(file)")
    }
}

import FoundationEssentials
import WeirCore
import WeirJournal
import WeirSettings

/// Usage summed from an agent's own files, in the form that the collector gives.
struct JournalUsage {
    struct Row: Encodable {
        var time: String
        var dimensions: [String: String]
        var calls: UInt64
        var units: UInt64
        var bytesIn: UInt64
        var bytesOut: UInt64
    }

    private struct Place: Hashable {
        var hour: UInt32
        var values: [String]
    }

    private let dimensions: [String]
    private var sums: [Place: Totals] = [:]

    /// Reads everything that the agent keeps, and sums what is asked for.
    init(
        _ settings: CommandSettings, from: String?, to: String?, granularity: String, by: [String], filters: [String]
    ) throws {
        let known = ["contract", "consumer", "plan", "key", "product", "route", "outcome"]
        for name in by + filters.map({ String($0.prefix { $0 != "=" }) }) where !known.contains(name) {
            let meant = Suggestion.nearest(to: name, among: known).map { ": try \($0)" } ?? ""
            throw CommandFailure.noAnswer("expected one of \(known.joined(separator: ", ")), found \"\(name)\"\(meant)")
        }
        guard ["hour", "day", "total"].contains(granularity) else {
            throw CommandFailure.noAnswer(
                "--granularity: expected hour, day or total from a journal, found \"\(granularity)\"")
        }
        dimensions = by
        let hours = try Self.hours(from, to)
        let archive: [Hash128: [Cell]]
        do throws(SystemError) {
            archive = try UsageArchive.read(
                state: settings.stateDirectory + "/journal", runtime: settings.runtimeDirectory + "/usage")
        } catch {
            throw CommandFailure.noAnswer("no usage to read: \(error): start weir-agent, or set WEIR_COLLECTOR_URL")
        }
        let wanted = Dictionary(
            grouping: filters.map { $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false) }
        ) {
            String($0[0])
        }.mapValues { $0.map { String($0[1]) } }
        for cell in archive.values.joined() where hours.contains(cell.hour) {
            guard wanted.allSatisfy({ $0.value.contains(Self.value($0.key, cell)) }) else { continue }
            let hour: UInt32 =
                switch granularity {
                case "hour": cell.hour
                case "day": cell.hour / 24 * 24
                default: hours.lowerBound
                }
            let place = Place(hour: hour, values: by.map { Self.value($0, cell) })
            sums[place] = (sums[place] ?? Totals()) + cell.totals
        }
    }

    private static func hours(_ from: String?, _ to: String?) throws -> Range<UInt32> {
        func hour(_ name: String, _ text: String) throws -> UInt32 {
            let full = text.count == 10 ? "\(text)T00:00:00Z" : text
            guard let date = try? Date(full, strategy: .iso8601), date.formatted(.iso8601) == full else {
                throw CommandFailure.noAnswer("--\(name): expected a time such as 2026-11-21, found \"\(text)\"")
            }
            return UInt32(clamping: Int64(date.timeIntervalSince1970) / 3_600)
        }
        let end = try to.map { try hour("to", $0) } ?? UInt32(clamping: Int64(Date().timeIntervalSince1970) / 3_600 + 1)
        let start = try from.map { try hour("from", $0) } ?? end - 24
        guard start < end else { throw CommandFailure.noAnswer("--from: expected a time before --to") }
        return start..<end
    }

    private static func value(_ dimension: String, _ cell: Cell) -> String {
        switch dimension {
        case "contract": cell.dimensions.contract
        case "consumer": cell.dimensions.consumer
        case "plan": cell.dimensions.plan
        case "key": cell.dimensions.key
        case "product": cell.dimensions.product
        case "route": cell.dimensions.route
        default: cell.outcome.name
        }
    }

    var columns: [String] { ["time"] + dimensions + ["calls", "units", "bytes_in", "bytes_out"] }

    var rows: [Row] {
        sums.sorted {
            ($0.key.hour, $0.key.values.joined(separator: "\u{0}")) < (
                $1.key.hour, $1.key.values.joined(separator: "\u{0}")
            )
        }
        .map { place, totals in
            Row(
                time: Date(timeIntervalSince1970: TimeInterval(place.hour) * 3_600).formatted(.iso8601),
                dimensions: Dictionary(uniqueKeysWithValues: zip(dimensions, place.values)), calls: totals.calls,
                units: totals.units, bytesIn: totals.bytesIn, bytesOut: totals.bytesOut)
        }
    }

    var table: [[String]] {
        rows.map { row in
            [row.time] + dimensions.map { row.dimensions[$0] ?? "" }
                + [row.calls, row.units, row.bytesIn, row.bytesOut].map { "\($0)" }
        }
    }
}

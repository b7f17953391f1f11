import FoundationEssentials
import WeirCore
import WeirStore

/// Rows of usage as JSON and as CSV.
struct UsageReport {
    private let query: UsageQuery
    private let rows: [UsageRow]

    init(_ query: UsageQuery, _ rows: [UsageRow]) {
        self.query = query
        self.rows = rows
    }

    private static func time(_ hour: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(hour * 3_600)).formatted(.iso8601)
    }

    // MARK: JSON

    private struct Document: Encodable {
        var from: String
        var to: String
        var granularity: String
        var rows: [Row]
    }

    private struct Row: Encodable {
        var time: String
        var values: [UsageQuery.Dimension: String]
        var totals: Totals

        private struct Key: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }

            init(_ text: String) { stringValue = text }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(time, forKey: Key("time"))
            for (dimension, value) in values { try container.encode(value, forKey: Key(dimension.rawValue)) }
            try container.encode(totals.calls, forKey: Key("calls"))
            try container.encode(totals.units, forKey: Key("units"))
            try container.encode(totals.bytesIn, forKey: Key("bytes_in"))
            try container.encode(totals.bytesOut, forKey: Key("bytes_out"))
        }
    }

    var json: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let document = Document(
                from: Self.time(query.hours.lowerBound), to: Self.time(query.hours.upperBound),
                granularity: query.granularity.rawValue,
                rows: rows.map { Row(time: Self.time($0.hour), values: $0.values, totals: $0.totals) })
            return Array(try encoder.encode(document))
        }
    }

    // MARK: CSV

    /// RFC 4180, with a header. Text that a spreadsheet would take for a formula gets a quote before it.
    var csv: String {
        let columns = ["time"] + query.dimensions.map(\.rawValue) + ["calls", "units", "bytes_in", "bytes_out"]
        var text = columns.joined(separator: ",") + "\r\n"
        for row in rows {
            let values = query.dimensions.map { Self.field(row.values[$0] ?? "") }
            let totals = [row.totals.calls, row.totals.units, row.totals.bytesIn, row.totals.bytesOut].map { "\($0)" }
            text += ([Self.time(row.hour)] + values + totals).joined(separator: ",") + "\r\n"
        }
        return text
    }

    private static func field(_ value: String) -> String {
        let isFormula = value.first.map { "=+-@\t\r".contains($0) } ?? false
        let text = isFormula ? "'\(value)" : value
        guard text.contains(where: { ",\"\r\n".contains($0) || $0.isNewline }) else { return text }
        return "\"" + text.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
    }
}

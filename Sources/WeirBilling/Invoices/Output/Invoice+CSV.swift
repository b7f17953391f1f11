extension Invoice {
    private static let columns = [
        "invoice", "line", "kind", "contract", "plan", "plan_version", "meter", "service_start", "service_end",
        "units_from", "units_to",
        "draws", "exact_nano", "exact_remainder", "exact_denominator", "amount", "currency", "consumer_id", "consumer",
    ]

    /// One row for each line, with a header; RFC 4180, lines end in CRLF.
    package var csv: String {
        var rows = [Self.columns]
        for (index, line) in lines.enumerated() {
            let draws = line.draws.map { "\($0.grant)=\($0.allowance.amount) \($0.allowance.unit)" }.joined(
                separator: "; ")
            rows.append([
                "\(number)", "\(index + 1)", line.kind.rawValue, line.contract, line.plan, "\(line.planVersion)",
                line.meter ?? "",
                UTCTime.text(line.serviceStart), UTCTime.text(line.serviceEnd),
                line.unitsTo == nil ? "" : "\(line.unitsFrom ?? 0)", line.unitsTo.map { "\($0)" } ?? "", draws,
                "\(line.money.exact.whole.nano)", "\(line.money.exact.remainder)", "\(line.money.exact.denominator)",
                line.amount.figure, currency.code, consumerID, consumer,
            ])
        }
        return rows.map { CSVText.row($0) }.joined()
    }
}

/// Rows of comma-separated values.
package enum CSVText {
    package static func row(_ fields: [String]) -> String { fields.map(field).joined(separator: ",") + "\r\n" }

    /// Quoted where it has to be. What a spreadsheet would take for a formula gets an apostrophe in front; numbers do not.
    private static func field(_ text: String) -> String {
        var text = text
        let isNumber = FixedPoint.read(text[...], digits: 9) != .unreadable
        if let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first), !isNumber {
            text = "'" + text
        }
        let needsQuotes = text.unicodeScalars.contains { "\",\r\n".unicodeScalars.contains($0) }
        return needsQuotes ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
    }
}

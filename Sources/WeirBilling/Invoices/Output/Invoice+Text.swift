extension Invoice {
    /// The invoice for people, in columns. `time`: how instants are written, by default in UTC.
    package func text(time: (Int64) -> String = UTCTime.text) -> String {
        var text = "Invoice \(number)\n"
        text += "From    \(Self.line(seller))\nTo      \(Self.line(consumer)) (\(consumerID))\n"
        text += "Period  \(time(periodStart)) to \(time(periodEnd))\nIssued  \(time(issued))\n\n"
        var rows = [["#", "what", "units", "amount \(currency.code)"]]
        for (index, line) in lines.enumerated() {
            let service =
                line.serviceStart == periodStart && line.serviceEnd == periodEnd
                ? "" : ", \(time(line.serviceStart)) to \(time(line.serviceEnd))"
            rows.append(["\(index + 1)", line.title + service, line.unitsText, line.amount.figure])
            rows += line.draws.map { ["", "  from \($0.grant)", $0.allowance.text, ""] }
        }
        rows.append(["", total.nano < 0 ? "Total, to your credit" : "Total", "", total.figure])
        text += TextTable.text(rows, right: [2, 3])
        if !missing.isEmpty {
            text +=
                "\nNot complete: these agents had not reported to the period's end. What they have will be on a later invoice.\n"
            text += missing.map {
                "  \(Self.line($0.name)), \($0.watermark.map { "complete to \(time($0))" } ?? "never heard of")\n"
            }.joined()
        }
        return text
    }

    /// A text from outside on one line.
    private static func line(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}

extension InvoiceLine {
    fileprivate var title: String {
        switch kind {
        case .fee: "Fee of \(plan) \(planVersion)"
        case .credit: "Rest of the fee of \(plan) \(planVersion)"
        case .usage: "\(meter ?? "") under \(plan) \(planVersion)"
        case .minimum: "Minimum of \(meter ?? "") under \(plan) \(planVersion)"
        case .adjustment: "Late \(meter ?? "") under \(plan) \(planVersion)"
        case .granted: "\(meter ?? ""), granted by \(plan) \(planVersion) or bought"
        case .paid: meter.map { "\($0), paid from the balance" } ?? "Paid with the order"
        }
    }

    /// `1000 to 1500`: the units that the line charges, counted from the period's start.
    fileprivate var unitsText: String {
        guard let unitsTo else { return "" }
        guard let unitsFrom, unitsFrom > 0 else { return "\(unitsTo)" }
        return "\(unitsFrom) to \(unitsTo)"
    }
}

extension Allowance {
    fileprivate var text: String {
        switch self {
        case .units(let units, _): "\(units)"
        case .money(let amount): "\(amount)"
        }
    }
}

extension PlanComparison {
    /// A table for people.
    package var text: String {
        var table = [["consumer", "now", "then", "change \(currency.code)", ""]]
        for row in rows {
            table.append([
                row.after.consumer, row.before?.total.figure ?? "", row.after.total.figure, Self.signed(row.change),
                Self.notes(row).joined(separator: "; "),
            ])
        }
        let change = Money(nano: totalAfter.nano &- totalBefore.nano, currency)
        table.append(["all", totalBefore.figure, totalAfter.figure, Self.signed(change), ""])
        let counts = counts
        return TextTable.text(table, right: [1, 2, 3])
            + "\n\(counts.more) would pay more, \(counts.less) less, \(counts.same) the same; \(counts.denied) would be denied calls that they make now\n"
    }

    package var json: OrderedJSON {
        let counts = counts
        return .object([
            .init("currency", .string(currency.code)), .init("before", .string(totalBefore.figure)),
            .init("after", .string(totalAfter.figure)),
            .init("more", .number(Int64(counts.more))), .init("less", .number(Int64(counts.less))),
            .init("same", .number(Int64(counts.same))), .init("denied", .number(Int64(counts.denied))),
            .init(
                "consumers",
                .array(
                    rows.map { row in
                        .object([
                            .init("consumer", .string(row.after.consumer)), .init("before", row.before?.json ?? .null),
                            .init("after", row.after.json), .init("change", .string(row.change.figure)),
                        ])
                    })),
        ])
    }

    private static func signed(_ change: Money) -> String { (change.nano > 0 ? "+" : "") + change.figure }

    private static func notes(_ row: Row) -> [String] {
        var notes = row.after.meters.filter { $0.denied > 0 }.map { "\($0.denied) \($0.meter) denied" }
        if row.after.purchases > 0 { notes.append("\(row.after.purchases) bought") }
        if let beyond = row.after.beyondLimit { notes.append("\(beyond.figure) beyond the credit limit") }
        return notes
    }
}

extension PlanQuote {
    package var json: OrderedJSON {
        .object([
            .init("plan", .string(plan)), .init("plan_version", .number(planVersion)),
            .init("currency", .string(currency.code)),
            .init("fees", .string(fees.figure)), .init("granted", .string(granted.figure)),
            .init("total", .string(total.figure)),
            .init("purchases", .number(purchases)), .init("beyond_limit", .optional(beyondLimit?.figure)),
            .init(
                "meters",
                .array(
                    meters.map {
                        .object([
                            .init("meter", .string($0.meter)), .init("units", .number($0.units)),
                            .init("granted", .number($0.granted)),
                            .init("charged", .number($0.charged)), .init("denied", .number($0.denied)),
                            .init("amount", .string($0.amount.figure)),
                        ])
                    })),
        ])
    }
}

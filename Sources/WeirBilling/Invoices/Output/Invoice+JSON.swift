extension Invoice {
    /// Amounts are texts in the major unit (`"12.50"`); exact ones in whole nano-units and a fraction of one more.
    package var json: JSONValue {
        .object([
            .init("number", .string("\(number)")), .init("seller", .string(seller)),
            .init("consumer", .string(consumer)),
            .init("consumer_id", .string(consumerID)), .init("currency", .string(currency.code)),
            .init("period_start", .string(UTCTime.text(periodStart))),
            .init("period_end", .string(UTCTime.text(periodEnd))),
            .init("issued", .string(UTCTime.text(issued))), .init("total", .string(total.figure)),
            .init("due", .string(due.figure)),
            .init("credit", .string(credit.figure)),
            .init(
                "missing_agents",
                .array(
                    missing.map {
                        .object([
                            .init("name", .string($0.name)), .init("incarnation", .string($0.incarnation)),
                            .init("watermark", .optional($0.watermark.map(UTCTime.text))),
                        ])
                    })),
            .init("lines", .array(lines.enumerated().map { $1.json(number: $0 + 1) })),
        ])
    }
}

extension InvoiceLine {
    func json(number: Int) -> JSONValue {
        .object([
            .init("line", .number(Int64(number))), .init("kind", .string(kind.rawValue)),
            .init("contract", .string(contract)),
            .init("plan", .string(plan)), .init("plan_version", .number(planVersion)), .init("meter", .optional(meter)),
            .init("service_start", .string(UTCTime.text(serviceStart))),
            .init("service_end", .string(UTCTime.text(serviceEnd))),
            .init("units_from", .optional(unitsTo == nil ? nil : unitsFrom ?? 0)),
            .init("units_to", .optional(unitsTo)),
            .init(
                "draws",
                .array(
                    draws.map {
                        .object([
                            .init("grant", .string($0.grant)), .init("unit", .string($0.allowance.unit)),
                            .init("amount", $0.allowance.json),
                        ])
                    })),
            .init("exact", money.exact.json), .init("carried_in", money.carriedIn.json),
            .init("amount", .string(amount.figure)),
            .init("carry", money.carry.json),
        ])
    }
}

extension Allowance {
    /// Units as a number, money as text.
    fileprivate var json: JSONValue {
        switch self {
        case .units(let units, _): .number(units)
        case .money(let amount): .string(amount.figure)
        }
    }
}

extension ExactAmount {
    /// `{"nano": 12, "remainder": 1, "denominator": 3}`: 12 1/3 nano-units.
    package var json: JSONValue {
        .object([
            .init("nano", .number(whole.nano)), .init("remainder", .number(remainder)),
            .init("denominator", .number(denominator)),
        ])
    }
}

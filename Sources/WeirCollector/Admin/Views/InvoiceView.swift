import WeirBilling
import WeirStore

/// Invoices as the API shows them.
enum InvoiceView {
    static let states = InvoiceSummary.State.allCases.map(\.rawValue)

    static let fields = [
        Field("id", .reference, "its id"), Field("number", .text(1...64), "its number: a series, and a place in it"),
        Field("provider", .reference, "the id of who sells"), Field("consumer", .reference, "the id of who pays"),
        Field("subscription", .reference, "the id of the contract that it is of"),
        Field("subject", .text(1...128), "the period or the order that it is of"),
        Field("currency", .currency, "its currency"), Field("total", .amount, "the sum of its lines"),
        Field("unpaid", .amount, "what of it is to be paid still"),
        Field("state", .choice(states), "whether something of it is to be paid"),
        Field("period_start", .time, "where its period begins"), Field("period_end", .time, "where its period ends"),
        Field("issued", .time, "when it was issued"),
    ]

    static func json(_ row: InvoiceSummary) -> JSONValue {
        [
            "id": .text(row.id), "number": .text(row.number), "provider": .text(row.providerID),
            "consumer": .text(row.consumerID), "subscription": .text(row.subscriptionID), "subject": .text(row.subject),
            "currency": .text(row.currency), "total": .amount(row.total, row.currency),
            "unpaid": .amount(row.unpaid, row.currency), "state": .text(row.state.rawValue),
            "period_start": .time(row.periodStart), "period_end": .time(row.periodEnd), "issued": .time(row.issuedAt),
        ]
    }

    /// An invoice with what is known of its payment now.
    static func json(_ invoice: Invoice, _ summary: InvoiceSummary) -> OrderedJSON {
        guard case .object(let members) = invoice.json else { return invoice.json }
        let unpaid = Money(nano: summary.unpaid, invoice.currency)
        return .object(
            members + [.init("state", .string(summary.state.rawValue)), .init("unpaid", .string(unpaid.figure))])
    }

    // MARK: Explanations

    static let explanationFields = [
        Field("invoice", .text(1...64), "the number of the invoice"),
        Field("line", .integer(1...1_000_000), "the line, from 1"), Field("kind", .text(1...20), "what it is"),
        Field("contract", .text(1...128), "the contract that it is of"), Field("plan", .code, "its plan"),
        Field("plan_version", .integer(1...Int64.max), "the version of it"),
        Field("meter", .nullable(.code), "the meter that it is of"),
        Field("units_from", .nullable(.integer(0...Int64.max)), "units before it"),
        Field("units_to", .nullable(.integer(0...Int64.max)), "units up to it"),
        Field("currency", .currency, "the currency of its amounts"), Field("amount", .amount, "what the line has"),
        Field("computed", .amount, "what it comes to when it is computed again"),
        Field("steps", .list(.text(0...2_000), most: 10_000), "how, a step each"),
        Field(
            "hours",
            .list(
                .object([
                    Field("start", .time, "where the hour begins"), Field("agent", .text(0...64), "the agent's name"),
                    Field("incarnation", .text(32...32), "which run of it"),
                    Field("units", .integer(Int64.min...Int64.max), "what it has counted"),
                ]), most: 1_000_000), "all that was counted of the contract's meter"),
        Field("units_before", .integer(Int64.min...Int64.max), "of them: on earlier lines"),
        Field("units_after", .integer(Int64.min...Int64.max), "of them: have come since it was issued"),
        Field(
            "units_forgiven", .integer(Int64.min...Int64.max), "of them: nobody pays, their window had been given up"),
        Field("agrees", .flag, "whether all agrees"),
        Field("differences", .list(.text(0...2_000), most: 100), "what does not agree"),
    ]

    static func json(_ explained: ExplainedLine) -> JSONValue {
        let line = explained.line
        let hours = explained.hours.map { hour -> JSONValue in
            [
                "start": .time(hour.start), "agent": .text(hour.agent), "incarnation": .text(hour.incarnation),
                "units": .integer(hour.units),
            ]
        }
        return [
            "invoice": .text("\(explained.stored.invoice.number)"), "line": .integer(Int64(explained.number)),
            "kind": .text(line.kind.rawValue), "contract": .text(line.contract), "plan": .text(line.plan),
            "plan_version": .integer(line.planVersion), "meter": JSONValue(line.meter),
            "units_from": JSONValue(line.unitsTo == nil ? nil : line.unitsFrom ?? 0),
            "units_to": JSONValue(line.unitsTo),
            "currency": .text(line.amount.currency.code), "amount": .text(line.amount.figure),
            "computed": .text(explained.money.amount.figure), "steps": .list(explained.steps.map(JSONValue.text)),
            "hours": .list(hours), "units_before": .integer(explained.before), "units_after": .integer(explained.after),
            "units_forgiven": .integer(explained.forgiven), "agrees": .bool(explained.differences.isEmpty),
            "differences": .list(explained.differences.map(JSONValue.text)),
        ]
    }
}

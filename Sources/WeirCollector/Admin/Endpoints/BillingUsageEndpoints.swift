import HTTPTypes
import WeirBilling
import WeirStore

/// Which calls were billed, and why the others were not.
enum BillingUsageEndpoints {
    static let all: [Endpoint] = [
        Endpoint(
            method: .get, path: "/v1/usage/billing", name: "showBillingUsage",
            summary: "Calls under contracts by meter: billed, and not billed by the reason", scopes: Endpoint.readers,
            query: questions, answers: [.init(.ok, "sums", .fields(fields))],
            work: .read { call, catalogue throws(StoreError) in
                let zone = call.query.text("zone", or: "UTC")
                let span = try UsageSpan(
                    call.query.text("usage") ?? Self.lastDay(call.now), in: zone, now: call.now)
                let asked = try call.query.text("consumer").map { reference throws(StoreError) in
                    try catalogue.consumer(reference, field: "consumer").id
                }
                let question = UsageSum.Question(
                    hours: span.hours, byHour: false, consumer: try call.principal.consumer(asked),
                    products: try call.principal.products(call.query.text("product"), catalogue))
                let report = try BillingReport(try catalogue.usage(question), catalogue)
                let plan = call.query.text("plan")
                return Answer(
                    .ok,
                    [
                        "from": .time(span.hours.lowerBound * 3_600), "to": .time(span.hours.upperBound * 3_600),
                        "rows": .list(report.rows.filter { plan == nil || $0.plan == plan }.map(json)),
                    ])
            })
    ]

    private static let questions = [
        Field(optional: "usage", .text(1...64), "\(UsageSpan.expectation) (24 hours)"),
        Field(optional: "zone", .zone, "whose months, weeks and days these are (UTC)"),
        Field(optional: "consumer", .reference, "only of this one"),
        Field(optional: "product", .reference, "only of this one"),
        Field(optional: "plan", .code, "only under this one"),
    ]

    private static func lastDay(_ now: Int64) -> String {
        let end = (now / 3_600 + 1) * 3_600
        return "\(WireTime.text(end - 86_400))..\(WireTime.text(end))"
    }

    private static let fields = [
        Field("from", .time, "the first hour"), Field("to", .time, "the end, not included"),
        Field(
            "rows",
            .list(
                .object([
                    Field("consumer", .text(0...255), "the id of the consumer"),
                    Field("plan", .text(1...63), "its plan"),
                    Field("version", .integer(1...1_000_000_000), "the version of it"),
                    Field("meter", .text(1...63), "the meter"),
                    Field("units", .integer(Int64.min...Int64.max), "billed units"),
                    Field("calls", .integer(Int64.min...Int64.max), "calls in all, allowed and denied"),
                    Field("billed", .integer(Int64.min...Int64.max), "those that are billed"),
                    Field(
                        "unbilled",
                        .list(
                            .object([
                                Field(
                                    "reason", .text(1...63),
                                    "status, method, product, route, plan, unreported, denied-…"),
                                Field("calls", .integer(Int64.min...Int64.max), "how many"),
                            ]), most: 200), "those that are not, by the reason"),
                ]), most: 1_000_000), "by consumer, plan and meter"),
    ]

    private static func json(_ row: BillingReport.Row) -> JSONValue {
        [
            "consumer": .text(row.consumer), "plan": .text(row.plan), "version": .integer(row.version),
            "meter": .text(row.meter), "units": .integer(row.units), "calls": .integer(row.calls),
            "billed": .integer(row.billed),
            "unbilled": .list(
                row.unbilled.sorted { $0.key < $1.key }.map {
                    ["reason": .text($0.key), "calls": .integer($0.value)]
                }),
        ]
    }
}

import HTTPTypes
import WeirBilling
import WeirStore

/// What was earned.
enum RevenueEndpoints {
    static let all: [Endpoint] = [
        Endpoint(
            method: .get, path: "/v1/revenue", name: "showRevenue",
            summary: "What products have brought in, what they cost upstream, and what is left",
            scopes: Endpoint.sellers,
            query: [
                Field(optional: "usage", .text(1...64), "\(UsageSpan.expectation) (last-month)"),
                Field(optional: "zone", .zone, "whose months, weeks and days these are (UTC)"),
                Field(optional: "provider", .reference, "only the products of this one"),
            ], answers: [.init(.ok, "by product and currency", .fields(fields))],
            work: .read { call, catalogue throws(StoreError) in
                let zone = call.query.text("zone", or: "UTC")
                let span = try UsageSpan(call.query.text("usage", or: "last-month"), in: zone, now: call.now)
                var provider = call.principal.scope == .provider ? call.principal.subject : nil
                if let asked = call.query.text("provider") {
                    let row = try catalogue.provider(asked, field: "provider")
                    try call.principal.require(provider: row.id)
                    provider = row.id
                }
                let report = try RevenueReport(in: span, of: provider, catalogue)
                return Answer(
                    .ok,
                    [
                        "from": .time(span.seconds.lowerBound), "to": .time(span.seconds.upperBound),
                        "products": .list(report.rows.map(json)),
                    ])
            })
    ]

    private static let fields = [
        Field("from", .time, "the first instant"), Field("to", .time, "the end, not included"),
        Field(
            "products",
            .list(
                .object([
                    Field("product", .slug, "the product"), Field("provider", .reference, "the id of its provider"),
                    Field("currency", .currency, "that of the amounts"), Field("revenue", .amount, "what was earned"),
                    Field("calls", .integer(0...Int64.max), "calls that were allowed, under any plan"),
                    Field("cost", .nullable(.amount), "what they cost upstream; none: nothing, or in another currency"),
                    Field("margin", .nullable(.amount), "what is left; none: the cost is in another currency"),
                ]), most: 10_000), "by product and currency"),
    ]

    private static func json(_ row: RevenueReport.Row) -> JSONValue {
        [
            "product": .text(row.product.slug), "provider": .text(row.product.providerID),
            "currency": .text(row.currency.code), "revenue": .text(row.revenue.figure), "calls": .integer(row.calls),
            "cost": row.cost.map { .text($0.figure) } ?? .null, "margin": row.margin.map { .text($0.figure) } ?? .null,
        ]
    }
}

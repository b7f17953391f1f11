import HTTPTypes
import WeirBilling
import WeirStore

/// What a plan would have cost.
enum QuoteEndpoints {
    static let all: [Endpoint] = [
        Endpoint(
            method: .post, path: "/v1/plans/quote", name: "quotePlan",
            summary: "Say what usage that is over would have cost under a plan's file, and for whom that is a change",
            scopes: Endpoint.sellers,
            body: .fields([
                Field("text", .document(PlanLimits.text), "the plan's file"),
                Field(optional: "usage", .text(1...64), "\(UsageSpan.expectation) (last-month)"),
                Field(optional: "zone", .zone, "whose months, weeks and days these are (UTC)"),
                Field(
                    optional: "of", .code,
                    "only contracts to this plan (the file's own where it is sold, else all of its products)"),
            ]), answers: [.init(.ok, "the comparison", .fields(fields))],
            work: .read { call, catalogue throws(StoreError) in try answer(call, catalogue) })
    ]

    private static func answer(_ call: Call, _ catalogue: Catalogue) throws(StoreError) -> Answer {
        let zone = call.fields.text("zone", or: "UTC")
        let span = try UsageSpan(call.fields.text("usage", or: "last-month"), in: zone, now: call.now)
        let draft = try CatalogueWords.plan(call.fields.text("text", or: ""), catalogue)
        for slug in draft.products {
            try call.principal.require(provider: try catalogue.product(slug, field: "text").providerID)
        }
        let code = try plan(call.fields.text("of"), draft, catalogue)
        let quotes = try UsageQuotes(draft, of: code, in: span, catalogue)
        let comparison: JSONValue
        do {
            comparison = try JSONParser.parse(Array(quotes.comparison.json.text.utf8))
        } catch {
            throw StoreError(.failed, "the comparison cannot be read: \(error)")
        }
        let around: JSONValue = [
            "plan": .text(draft.plan.code), "of": JSONValue(code), "from": .time(span.seconds.lowerBound),
            "to": .time(span.seconds.upperBound), "zone": .text(zone),
            "approximate": .list(quotes.approximate.sorted().map(JSONValue.text)),
            "skipped": .list(quotes.skipped.map(JSONValue.text)),
        ]
        return Answer(.ok, around.with(comparison))
    }

    /// Whose contracts are looked at.
    private static func plan(
        _ asked: String?, _ draft: Catalogue.PlanDraft, _ catalogue: Catalogue
    ) throws(StoreError) -> String? {
        guard let asked else {
            return try catalogue.versions(of: draft.plan.code).contains { $0.publishedAt != nil }
                ? draft.plan.code : nil
        }
        return try catalogue.plan(asked, field: "of").code
    }

    private static let quoteFields = [
        Field("plan", .text(1...63), "the plan's code"),
        Field("plan_version", .integer(0...1_000_000_000), "its version; 0 of the file"),
        Field("currency", .currency, "that of all amounts"), Field("fees", .amount, "of periods or purchases"),
        Field("granted", .amount, "what grants of money pay of it"), Field("total", .amount, "what is to be paid"),
        Field("purchases", .integer(0...Int64.max), "of a package that the usage takes"),
        Field("beyond_limit", .nullable(.amount), "what is beyond the credit limit"),
        Field(
            "meters",
            .list(
                .object([
                    Field("meter", .text(1...63), "its code"), Field("units", .integer(0...Int64.max), "what was used"),
                    Field("granted", .integer(0...Int64.max), "what grants give of it"),
                    Field("charged", .integer(0...Int64.max), "what is charged at the price"),
                    Field("denied", .integer(0...Int64.max), "what would have been denied"),
                    Field("amount", .amount, "what the charged units cost"),
                ]), most: 1_000), "by meter"),
    ]

    private static let fields = [
        Field("plan", .text(1...63), "the file's plan"),
        Field("of", .nullable(.text(1...63)), "whose contracts were looked at; none: all of the plan's products"),
        Field("from", .time, "the first instant"), Field("to", .time, "the end, not included"),
        Field("zone", .text(1...64), "whose calendar that is"),
        Field("approximate", .list(.text(1...63), most: 1_000), "meters whose filters usage totals do not decide"),
        Field("skipped", .list(.text(1...200), most: 10_000), "consumers that pay in another currency"),
        Field("currency", .currency, "that of all amounts"), Field("before", .amount, "what all pay now"),
        Field("after", .amount, "what all would pay"),
        Field("more", .integer(0...Int64.max), "how many would pay more"),
        Field("less", .integer(0...Int64.max), "how many would pay less"),
        Field("same", .integer(0...Int64.max), "how many would pay the same"),
        Field("denied", .integer(0...Int64.max), "how many would be denied calls that they make now"),
        Field(
            "consumers",
            .list(
                .object([
                    Field("consumer", .text(1...300), "external id, or id"),
                    Field("before", .nullable(.object(quoteFields)), "under the plan that it has"),
                    Field("after", .object(quoteFields), "under the file"),
                    Field("change", .amount, "what is paid more"),
                ]), most: 10_000), "the largest change first"),
    ]
}

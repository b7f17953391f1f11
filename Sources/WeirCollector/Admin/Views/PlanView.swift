import WeirStore

/// A version of a plan as the API shows it.
enum PlanView {
    static let modes = PlanRow.Mode.allCases.map(\.rawValue)

    static let fields = [
        Field("id", .reference, "the id of this version"), Field("provider", .reference, "the id of its provider"),
        Field("code", .text(1...63), "the plan's name"), Field("version", .integer(1...1_000_000_000), "1, 2, 3, …"),
        Field("state", .choice(["draft", "published"]), "a published one is never changed"),
        Field("mode", .choice(modes), "how it is paid"), Field("currency", .currency, "the currency of its prices"),
        Field("fee", .nullable(.amount), "the fee of a purchase or period"),
        Field("created_at", .time, "when this version was written"),
        Field("published_at", .nullable(.time), "when it was published"),
        Field("effective_at", .nullable(.time), "from when it is sold, until the next version is"),
    ]

    static func json(_ row: PlanRow) -> JSONValue {
        [
            "id": .text(row.id), "provider": .text(row.providerID), "code": .text(row.code),
            "version": .integer(row.number), "state": row.publishedAt == nil ? "draft" : "published",
            "mode": .text(row.mode.rawValue), "currency": .text(row.currency),
            "fee": row.feeNano.map { .amount($0, row.currency) } ?? .null, "created_at": .time(row.createdAt),
            "published_at": .time(row.publishedAt), "effective_at": .time(row.effectiveAt),
        ]
    }

    static let detailFields =
        fields + [
            Field("products", .list(.slug, most: 256), "slugs of its products"),
            Field(
                "meters",
                .list(
                    .object([
                        Field("code", .text(1...63), "its name in the plan"),
                        Field("dimension", .choice(MeterView.dimensions), "what it counts"),
                        Field("filter", .text(0...1_000), "which calls are billed; empty: all"),
                        Field("ceiling", .amount, "the most that ceiling_per units can cost"),
                        Field("ceiling_per", .integer(1...Int64.max), "for how many units ceiling is"),
                    ]), most: 1_000), "what it prices or grants"),
            Field("text", .document(AdminAPI.maximumBody), "the plan's file"),
        ]

    static func json(_ detail: Catalogue.PlanDetail) -> JSONValue {
        json(detail.plan).with([
            "products": .list(detail.products.map { .text($0.slug) }),
            "meters": .list(
                detail.meters.map { meter in
                    [
                        "code": .text(meter.code), "dimension": .text(meter.dimension.rawValue),
                        "filter": .text(meter.filter), "ceiling": .amount(meter.ceilingNano, detail.plan.currency),
                        "ceiling_per": .integer(meter.ceilingPer),
                    ]
                }), "text": .text(detail.plan.source),
        ])
    }
}

import WeirStore

/// A meter as the API shows it.
enum MeterView {
    static let dimensions = MeterRow.Dimension.allCases.map(\.rawValue)

    static let fields = [
        Field("id", .reference, "its id"), Field("product", .reference, "the id of its product"),
        Field("code", .code, "its name in plans"), Field("dimension", .choice(dimensions), "what it counts"),
        Field("filter", .text(0...1_000), "which calls are billed; empty: all"),
        Field("created_at", .time, "when it was added"),
    ]

    static func json(_ row: MeterRow) -> JSONValue {
        [
            "id": .text(row.id), "product": .text(row.productID), "code": .text(row.code),
            "dimension": .text(row.dimension.rawValue), "filter": .text(row.filter), "created_at": .time(row.createdAt),
        ]
    }
}

import WeirStore

/// A route as the API shows it.
enum RouteView {
    static let fields = [
        Field("id", .reference, "its id"), Field("product", .reference, "the id of its product"),
        Field("name", .code, "its name in rules, filters and usage"),
        Field("methods", .list(.method, most: 16), "methods; none: all"), Field("path", .path, "a pattern of paths"),
        Field("weight", .integer(1...1_000_000_000), "units of a call"),
        Field("order", .integer(-1_000_000_000...1_000_000_000), "routes with a lower one are tried before"),
        Field("created_at", .time, "when it was added"),
    ]

    static func json(_ row: RouteRow) -> JSONValue {
        [
            "id": .text(row.id), "product": .text(row.productID), "name": .text(row.name),
            "methods": .list(row.methods.split(separator: "|").map { .text(String($0)) }), "path": .text(row.path),
            "weight": .integer(row.weight), "order": .integer(row.place), "created_at": .time(row.createdAt),
        ]
    }
}

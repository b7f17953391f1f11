/// A part of a product: methods and paths, and what a call of it weighs.
package struct RouteRow: PolicyRow {
    package var id: String
    package var productID: String
    package var name: String
    /// With `|` between; empty for all.
    package var methods: String
    /// A pattern: `*` is any run of characters, `?` is one.
    package var path: String
    /// Units of a call.
    package var weight: Int64
    /// Routes are tried in this order, then in that of their ids.
    package var place: Int64
    package var createdAt: Int64
    package var version: Int64

    package static let table = "route"
    package static let columns = [
        "id", "product_id", "name", "methods", "path", "weight", "place", "created_at", "version",
    ]

    package init(
        id: String = "", productID: String, name: String, methods: String, path: String, weight: Int64, place: Int64,
        createdAt: Int64 = 0, version: Int64 = 0
    ) {
        self.id = id
        self.productID = productID
        self.name = name
        self.methods = methods
        self.path = path
        self.weight = weight
        self.place = place
        self.createdAt = createdAt
        self.version = version
    }

    package init(_ row: inout RowReader) throws(StoreError) {
        id = try row.text()
        productID = try row.text()
        name = try row.text()
        methods = try row.text()
        path = try row.text()
        weight = try row.integer()
        place = try row.integer()
        createdAt = try row.integer()
        version = try row.integer()
    }

    package var values: [SQLValue] {
        [
            .text(id), .text(productID), .text(name), .text(methods), .text(path), .integer(weight), .integer(place),
            .integer(createdAt), .integer(version),
        ]
    }
}

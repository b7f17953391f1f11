/// What of a product is counted, and which calls of it are billed.
package struct MeterRow: CatalogueRow {
    /// What a meter counts.
    package enum Dimension: String, CaseIterable, Sendable {
        case calls
        case bytesIn = "bytes_in"
        case bytesOut = "bytes_out"
        case units
    }

    package var id: String
    package var productID: String
    package var code: String
    package var dimension: Dimension
    /// A filter of WeirBilling's grammar; empty bills every call.
    package var filter: String
    package var createdAt: Int64

    package static let table = "meter"
    package static let columns = [
        "id", "product_id", "code", "dimension", "filter", "created_at",
    ]

    package init(
        id: String = "", productID: String, code: String, dimension: Dimension, filter: String, createdAt: Int64 = 0
    ) {
        self.id = id
        self.productID = productID
        self.code = code
        self.dimension = dimension
        self.filter = filter
        self.createdAt = createdAt
    }

    package init(_ row: inout RowReader) throws(StoreError) {
        id = try row.text()
        productID = try row.text()
        code = try row.text()
        dimension = try row.choice(Dimension.self)
        filter = try row.text()
        createdAt = try row.integer()
    }

    package var values: [SQLValue] {
        [
            .text(id), .text(productID), .text(code), .text(dimension.rawValue), .text(filter), .integer(createdAt),
        ]
    }
}

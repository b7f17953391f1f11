/// Who sells: one of several in one collector.
package struct ProviderRow: CatalogueRow {
    package var id: String
    package var slug: String
    package var name: String
    package var createdAt: Int64

    package static let table = "provider"
    package static let columns = [
        "id", "slug", "name", "created_at",
    ]

    package init(
        id: String = "", slug: String, name: String, createdAt: Int64 = 0
    ) {
        self.id = id
        self.slug = slug
        self.name = name
        self.createdAt = createdAt
    }

    package init(_ row: inout RowReader) throws(StoreError) {
        id = try row.text()
        slug = try row.text()
        name = try row.text()
        createdAt = try row.integer()
    }

    package var values: [SQLValue] {
        [
            .text(id), .text(slug), .text(name), .integer(createdAt),
        ]
    }
}

/// An API that is sold.
package struct ProductRow: PolicyRow {
    package var id: String
    package var providerID: String
    package var slug: String
    package var name: String
    package var docsURL: String
    /// Whether the catalogue page shows it.
    package var isListed: Bool
    /// Names of hosts with `|` between; empty for any.
    package var hosts: String
    /// What the provider itself pays: `costNano` nano-units for `costPer` calls; empty and 0 for nothing.
    package var costCurrency: String
    package var costNano: Int64
    package var costPer: Int64
    /// Whose agents are told of it: those of the namespace; empty for all. It never changes.
    package var namespace: String
    package var createdAt: Int64
    package var version: Int64

    package static let table = "product"
    package static let columns = [
        "id", "provider_id", "slug", "name", "docs_url", "listed", "hosts", "cost_currency", "cost_nano", "cost_per",
        "namespace", "created_at", "version",
    ]

    package init(
        id: String = "", providerID: String, slug: String, name: String, docsURL: String, isListed: Bool,
        hosts: String, costCurrency: String, costNano: Int64, costPer: Int64, namespace: String = "",
        createdAt: Int64 = 0,
        version: Int64 = 0
    ) {
        self.id = id
        self.providerID = providerID
        self.slug = slug
        self.name = name
        self.docsURL = docsURL
        self.isListed = isListed
        self.hosts = hosts
        self.costCurrency = costCurrency
        self.costNano = costNano
        self.costPer = costPer
        self.namespace = namespace
        self.createdAt = createdAt
        self.version = version
    }

    package init(_ row: inout RowReader) throws(StoreError) {
        id = try row.text()
        providerID = try row.text()
        slug = try row.text()
        name = try row.text()
        docsURL = try row.text()
        isListed = try row.integer() != 0
        hosts = try row.text()
        costCurrency = try row.text()
        costNano = try row.integer()
        costPer = try row.integer()
        namespace = try row.text()
        createdAt = try row.integer()
        version = try row.integer()
    }

    package var values: [SQLValue] {
        [
            .text(id), .text(providerID), .text(slug), .text(name), .text(docsURL), .integer(isListed ? 1 : 0),
            .text(hosts), .text(costCurrency), .integer(costNano), .integer(costPer), .text(namespace),
            .integer(createdAt), .integer(version),
        ]
    }
}

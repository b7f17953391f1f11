/// An agent that has a token of its own.
package struct AgentRow: CatalogueRow {
    package var id: String
    /// Its name in deliveries: 32 hexadecimal digits.
    package var name: String
    package var namespace: String
    package var tokenID: String
    package var enrolledAt: Int64

    package static let table = "agent"
    package static let columns = [
        "id", "name", "namespace", "token_id", "enrolled_at",
    ]

    package init(
        id: String = "", name: String, namespace: String, tokenID: String, enrolledAt: Int64
    ) {
        self.id = id
        self.name = name
        self.namespace = namespace
        self.tokenID = tokenID
        self.enrolledAt = enrolledAt
    }

    package init(_ row: inout RowReader) throws(StoreError) {
        id = try row.text()
        name = try row.text()
        namespace = try row.text()
        tokenID = try row.text()
        enrolledAt = try row.integer()
    }

    package var values: [SQLValue] {
        [
            .text(id), .text(name), .text(namespace), .text(tokenID), .integer(enrolledAt),
        ]
    }
}

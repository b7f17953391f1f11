/// A token of the API, without the token.
package struct TokenRow: CatalogueRow {
    /// What a token is good for.
    package enum Scope: String, CaseIterable, Sendable {
        case admin, provider, agent, consumer
    }

    package var id: String
    package var scope: Scope
    /// The provider, the consumer, or the agent's namespace that it is bound to; empty for admins.
    package var subject: String
    package var name: String
    /// SHA-256 of its text, in hexadecimal.
    package var digest: String
    package var createdAt: Int64
    package var expiresAt: Int64?
    package var revokedAt: Int64?

    package static let table = "token"
    package static let columns = [
        "id", "scope", "subject", "name", "digest", "created_at", "expires_at", "revoked_at",
    ]

    package init(
        id: String = "", scope: Scope, subject: String, name: String, digest: String, createdAt: Int64 = 0,
        expiresAt: Int64? = nil, revokedAt: Int64? = nil
    ) {
        self.id = id
        self.scope = scope
        self.subject = subject
        self.name = name
        self.digest = digest
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }

    package init(_ row: inout RowReader) throws(StoreError) {
        id = try row.text()
        scope = try row.choice(Scope.self)
        subject = try row.text()
        name = try row.text()
        digest = try row.text()
        createdAt = try row.integer()
        expiresAt = try row.optionalInteger()
        revokedAt = try row.optionalInteger()
    }

    package var values: [SQLValue] {
        [
            .text(id), .text(scope.rawValue), .text(subject), .text(name), .text(digest), .integer(createdAt),
            .integer(optional: expiresAt), .integer(optional: revokedAt),
        ]
    }
}

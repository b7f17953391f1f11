/// An API key, without the key.
package struct KeyRow: PolicyRow {
    package enum State: String, CaseIterable, Sendable {
        case active, revoked
    }

    package var id: String
    package var consumerID: String
    /// The one contract that it is good for; nil for all of the consumer's.
    package var subscriptionID: String?
    package var name: String
    /// Its first characters, by which people tell keys apart.
    package var prefix: String
    /// HMAC-SHA-256 of the whole text under the pepper, in hexadecimal.
    package var digest: String
    package var state: State
    package var createdAt: Int64
    package var startsAt: Int64?
    package var expiresAt: Int64?
    package var revokedAt: Int64?
    /// The key that this one was rotated from.
    package var replaces: String?
    /// The end of the last hour that it was used in.
    package var lastUsedAt: Int64?
    package var version: Int64

    package static let table = "api_key"
    package static let columns = [
        "id", "consumer_id", "subscription_id", "name", "prefix", "digest", "state", "created_at", "starts_at",
        "expires_at", "revoked_at", "replaces", "last_used_at", "version",
    ]

    package init(
        id: String = "", consumerID: String, subscriptionID: String? = nil, name: String, prefix: String,
        digest: String, state: State, createdAt: Int64 = 0, startsAt: Int64? = nil, expiresAt: Int64? = nil,
        revokedAt: Int64? = nil, replaces: String? = nil, lastUsedAt: Int64? = nil, version: Int64 = 0
    ) {
        self.id = id
        self.consumerID = consumerID
        self.subscriptionID = subscriptionID
        self.name = name
        self.prefix = prefix
        self.digest = digest
        self.state = state
        self.createdAt = createdAt
        self.startsAt = startsAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.replaces = replaces
        self.lastUsedAt = lastUsedAt
        self.version = version
    }

    package init(_ row: inout RowReader) throws(StoreError) {
        id = try row.text()
        consumerID = try row.text()
        subscriptionID = try row.optionalText()
        name = try row.text()
        prefix = try row.text()
        digest = try row.text()
        state = try row.choice(State.self)
        createdAt = try row.integer()
        startsAt = try row.optionalInteger()
        expiresAt = try row.optionalInteger()
        revokedAt = try row.optionalInteger()
        replaces = try row.optionalText()
        lastUsedAt = try row.optionalInteger()
        version = try row.integer()
    }

    package var values: [SQLValue] {
        [
            .text(id), .text(consumerID), .text(optional: subscriptionID), .text(name), .text(prefix), .text(digest),
            .text(state.rawValue), .integer(createdAt), .integer(optional: startsAt), .integer(optional: expiresAt),
            .integer(optional: revokedAt), .text(optional: replaces), .integer(optional: lastUsedAt),
            .integer(version),
        ]
    }
}

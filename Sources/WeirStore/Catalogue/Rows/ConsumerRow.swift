/// Who buys: a person, a company, a device fleet.
package struct ConsumerRow: CatalogueRow {
    package enum State: String, CaseIterable, Sendable {
        case active
        /// Nothing of it is allowed until it is active again.
        case suspended
    }

    package var id: String
    /// What the seller's own books call it.
    package var externalID: String?
    package var name: String
    package var email: String
    /// The currency of everything that it buys; empty while that is open.
    package var currency: String
    package var zone: String
    package var creditLimitNano: Int64
    package var state: State
    package var createdAt: Int64

    package static let table = "consumer"
    package static let columns = [
        "id", "external_id", "name", "email", "currency", "zone", "credit_limit_nano", "state", "created_at",
    ]

    package init(
        id: String = "", externalID: String? = nil, name: String, email: String, currency: String, zone: String,
        creditLimitNano: Int64, state: State, createdAt: Int64 = 0
    ) {
        self.id = id
        self.externalID = externalID
        self.name = name
        self.email = email
        self.currency = currency
        self.zone = zone
        self.creditLimitNano = creditLimitNano
        self.state = state
        self.createdAt = createdAt
    }

    package init(_ row: inout RowReader) throws(StoreError) {
        id = try row.text()
        externalID = try row.optionalText()
        name = try row.text()
        email = try row.text()
        currency = try row.text()
        zone = try row.text()
        creditLimitNano = try row.integer()
        state = try row.choice(State.self)
        createdAt = try row.integer()
    }

    package var values: [SQLValue] {
        [
            .text(id), .text(optional: externalID), .text(name), .text(email), .text(currency), .text(zone),
            .integer(creditLimitNano), .text(state.rawValue), .integer(createdAt),
        ]
    }
}

/// One version of a plan. What it says is never changed once it is published.
package struct PlanRow: PolicyRow {
    /// How a plan is paid.
    package enum Mode: String, CaseIterable, Sendable {
        case package, subscription, payg, postpaid
    }

    /// What becomes of a call that nobody has reported.
    package enum Unreported: String, CaseIterable, Sendable {
        case bill, skip
    }

    package var id: String
    package var providerID: String
    package var code: String
    /// The plan's own version: 1, 2, 3, …
    package var number: Int64
    /// The plan's file.
    package var source: String
    package var mode: Mode
    package var currency: String
    package var feeNano: Int64?
    package var unreported: Unreported
    /// What agents do when their windows have run dry and the collector is away.
    package var outage: String
    /// Limits, in the grammar of policies.
    package var rules: String
    package var createdAt: Int64
    /// Nil for a draft.
    package var publishedAt: Int64?
    /// From when it is sold; until the next version is.
    package var effectiveAt: Int64?
    package var version: Int64

    package static let table = "plan"
    package static let columns = [
        "id", "provider_id", "code", "number", "source", "mode", "currency", "fee_nano", "unreported", "outage",
        "rules", "created_at", "published_at", "effective_at", "version",
    ]

    package init(
        id: String = "", providerID: String, code: String, number: Int64, source: String, mode: Mode,
        currency: String, feeNano: Int64? = nil, unreported: Unreported, outage: String, rules: String,
        createdAt: Int64 = 0, publishedAt: Int64? = nil, effectiveAt: Int64? = nil, version: Int64 = 0
    ) {
        self.id = id
        self.providerID = providerID
        self.code = code
        self.number = number
        self.source = source
        self.mode = mode
        self.currency = currency
        self.feeNano = feeNano
        self.unreported = unreported
        self.outage = outage
        self.rules = rules
        self.createdAt = createdAt
        self.publishedAt = publishedAt
        self.effectiveAt = effectiveAt
        self.version = version
    }

    package init(_ row: inout RowReader) throws(StoreError) {
        id = try row.text()
        providerID = try row.text()
        code = try row.text()
        number = try row.integer()
        source = try row.text()
        mode = try row.choice(Mode.self)
        currency = try row.text()
        feeNano = try row.optionalInteger()
        unreported = try row.choice(Unreported.self)
        outage = try row.text()
        rules = try row.text()
        createdAt = try row.integer()
        publishedAt = try row.optionalInteger()
        effectiveAt = try row.optionalInteger()
        version = try row.integer()
    }

    package var values: [SQLValue] {
        [
            .text(id), .text(providerID), .text(code), .integer(number), .text(source), .text(mode.rawValue),
            .text(currency), .integer(optional: feeNano), .text(unreported.rawValue), .text(outage), .text(rules),
            .integer(createdAt), .integer(optional: publishedAt), .integer(optional: effectiveAt), .integer(version),
        ]
    }
}

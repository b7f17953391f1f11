/// What a consumer may spend of one ledger: a package of units, a balance of money, a balance with credit.
package struct CreditGrant: Equatable, Sendable {
    package enum Kind: String, Sendable {
        /// Bought once; ends, or is used up.
        case package
        /// Credited again and again; one per subscription and ledger.
        case balance
    }

    /// Balances are drawn behind what was bought in units, which may end.
    package static let balancePriority: Int64 = 100

    package let id: String
    package let consumer: String
    package let subscription: String
    /// Empty for credit that nobody ordered.
    package let order: String
    package let account: String
    package let ledger: String
    package let kind: Kind
    package let priority: Int64
    package let effectiveAt: Int64
    package let expiresAt: Int64?
    package let createdAt: Int64
    package let closedAt: Int64?
    package let ceiling: UnitCeiling
    package let creditLimit: Int64
    /// What its use has cost upstream and is not paid yet; and how much of that lowers the credit limit.
    package let upstream: Int64
    package let upstreamHeld: Int64
    /// The change of the policy that told of it last.
    package let version: Int64
    /// Of money: the code of the one meter that it pays for; empty for any.
    package let scope: String

    static let columns = [
        "id", "consumer", "subscription", "order_id", "account_id", "ledger", "kind", "priority", "effective_at",
        "expires_at", "created_at", "closed_at", "ceiling_nano", "ceiling_per", "credit_limit", "upstream",
        "upstream_held", "version", "scope",
    ].map { "credit_grant.\($0)" }.joined(separator: ", ")
    static let columnCount = 19

    /// Reads a row whose first columns are `columns`.
    init(_ row: SQLRow) throws(StoreError) {
        func optional(_ column: Int) throws(StoreError) -> Int64? {
            row.isNull(column) ? nil : try row.integer(column)
        }
        id = try row.text(0)
        consumer = try row.text(1)
        subscription = try row.text(2)
        order = try row.text(3)
        account = try row.text(4)
        ledger = try row.text(5)
        kind = Kind(rawValue: try row.text(6)) ?? .package
        priority = try row.integer(7)
        effectiveAt = try row.integer(8)
        expiresAt = try optional(9)
        createdAt = try row.integer(10)
        closedAt = try optional(11)
        ceiling = UnitCeiling(stored: try row.integer(12), per: try row.integer(13))
        creditLimit = try row.integer(14)
        upstream = try row.integer(15)
        upstreamHeld = try row.integer(16)
        version = try row.integer(17)
        scope = try row.text(18)
    }

    /// Whether it may be drawn at a time.
    package func isLive(at now: Int64) -> Bool {
        closedAt == nil && effectiveAt <= now && (expiresAt.map { now < $0 } ?? true)
    }

    /// So many seconds before it may be drawn on it is lent: less than windows live.
    static let lead: Int64 = 60

    /// Whether it may be lent at a time: a little before it may be drawn, so that nobody has to be asked in its first second.
    func isLendable(at now: Int64) -> Bool {
        closedAt == nil && effectiveAt - Self.lead <= now && (expiresAt.map { now < $0 } ?? true)
    }

    /// Its unit in a policy document: a meter's code, or `money:USD`.
    package var policyUnit: String? {
        if isMoney { return "money:\(ledger.dropLast(2))" }
        return ledger.split(separator: ":", maxSplits: 1).last.map(String.init)
    }

    var isMoney: Bool { ledger.hasSuffix("/9") }
}

import WeirBilling

/// What a contract has used that somebody pays for, as its cells say: units by meter, and by what pays them.
struct ContractUsage {
    /// Units that a grant of units, or of money, pays.
    struct Drawn: Equatable {
        let grant: String
        let units: Int64
    }

    /// What the grant of a cell says: what pays for its units.
    enum Payer: Equatable {
        /// A grant of units, of a meter.
        case units(grant: String, meter: String)
        /// A grant of money.
        case money(grant: String, meter: String)
        /// Nobody yet: the invoice.
        case invoice(meter: String)
    }

    /// By meter, in the order of the grants' ids.
    private(set) var granted: [String: [Drawn]] = [:]
    private(set) var money: [String: [Drawn]] = [:]
    private(set) var charged: [String: Int64] = [:]

    /// Reads it from the hourly sums.
    init(
        of contract: String, under plan: PlanRow, _ connection: any SQLConnection
    ) throws(StoreError) {
        let rows = try connection.run(
            """
            SELECT dimension.grant_id, CAST(sum(\(GrantSpending.signedUnits("usage_hour"))) AS BIGINT)
            FROM dimension CROSS JOIN usage_hour
            WHERE usage_hour.dimension_id = dimension.id AND dimension.contract = $1 AND dimension.grant_id <> ''
            GROUP BY dimension.grant_id ORDER BY dimension.grant_id
            """, [.text(contract)])
        for row in rows {
            let units = max(0, try row.integer(1))
            guard let payer = try Self.payer(row.text(0), plan, connection) else { continue }
            switch payer {
            case .units(let grant, let meter): Self.add(units, grant, &granted[meter, default: []])
            case .money(let grant, let meter): Self.add(units, grant, &money[meter, default: []])
            case .invoice(let meter): charged[meter, default: 0] += units
            }
        }
    }

    private static func add(_ units: Int64, _ grant: String, _ draws: inout [Drawn]) {
        let before = draws.first { $0.grant == grant }?.units ?? 0
        draws = draws.filter { $0.grant != grant } + [Drawn(grant: grant, units: before + units)]
    }

    /// `grt_X`, `grt_X/METER` or `invoice/METER`; nil for a text that says nothing of payment. Money without a meter is for the one that
    /// costs something.
    static func payer(
        _ text: String, _ plan: PlanRow, _ connection: any SQLConnection
    ) throws(StoreError) -> Payer? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let named = parts.count == 2 ? parts[1] : nil
        if parts[0] == "invoice" { return named.map { .invoice(meter: $0) } }
        let rows = try connection.run("SELECT ledger FROM credit_grant WHERE id = $1", [.text(parts[0])])
        guard let ledger = try rows.first.map({ row throws(StoreError) in try row.text(0) }) else { return nil }
        switch try LedgerUnit(ledger) {
        case .meter(_, let code): return .units(grant: parts[0], meter: code)
        case .money:
            if let named { return .money(grant: parts[0], meter: named) }
            return try costlyMeter(of: plan.id, connection).map { .money(grant: parts[0], meter: $0) }
        }
    }

    private static func costlyMeter(of plan: String, _ connection: any SQLConnection) throws(StoreError) -> String? {
        try connection.run(
            "SELECT code FROM plan_meter WHERE plan_id = $1 AND ceiling_nano > 0 ORDER BY id LIMIT 1", [.text(plan)]
        ).first.map { row throws(StoreError) in try row.text(0) }
    }

    /// Every meter that something was used of.
    var meters: Set<String> { Set(granted.keys).union(money.keys).union(charged.keys) }

    /// Whether anything was.
    var isEmpty: Bool {
        !(granted.values.joined().contains { $0.units > 0 } || money.values.joined().contains { $0.units > 0 }
            || charged.values.contains { $0 > 0 })
    }
}

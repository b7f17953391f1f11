import WeirCore

/// How a batch of cells changes the units that are drawn from grants: sums by grant, and of each by contract and meter.
struct GrantSpending {
    /// What of a grant's units is counted apart.
    struct Part: Hashable, Comparable {
        /// A subscription and its period.
        var contract: String
        /// The meter that money was drawn for; empty where the cell does not say.
        var meter: String

        static func < (left: Part, right: Part) -> Bool {
            (left.contract, left.meter) < (right.contract, right.meter)
        }
    }

    private(set) var units: [String: [Part: Int64]] = [:]

    /// Notes that a cell has grown by so many units.
    ///
    /// - Parameter grant: what the cell says: `grt_…`, or `grt_…/METER` for money of it.
    mutating func add(_ units: UInt64, of grant: String, contract: String, _ outcome: Outcome) {
        guard !grant.isEmpty, units > 0 else { return }
        let sign = Self.sign(outcome)
        if sign == 0 { return }
        let words = grant.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let part = Part(contract: contract, meter: words.count > 1 ? String(words[1]) : "")
        self.units[String(words[0]), default: [:]][part, default: 0] += sign * Int64(clamping: units)
    }

    /// Units = Σ of the status classes + admitted − resolved. What is reported late was drawn as it had been reserved.
    private static func sign(_ outcome: Outcome) -> Int64 {
        switch outcome {
        case .admitted: 1
        case .resolved: -1
        default: (11...15).contains(outcome.rawValue) ? 1 : 0
        }
    }

    /// The same in SQL, for the columns of a table with `outcome` and `units`.
    static func signedUnits(_ table: String) -> String {
        """
        CASE WHEN \(table).outcome = 1 OR \(table).outcome BETWEEN 11 AND 15 THEN \(table).units
            WHEN \(table).outcome = 2 THEN -\(table).units ELSE 0 END
        """
    }

    /// The grant in what a cell says, in SQL: ids have 30 characters, the meter stands behind them.
    static let grantOfDimension = "substr(dimension.grant_id, 1, 30)"
}

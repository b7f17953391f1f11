import WeirCore

/// How a batch of cells changes the units that are drawn from grants: a sum by grant.
struct GrantSpending {
    private(set) var units: [String: Int64] = [:]

    /// Notes that a cell of a grant has grown by so many units.
    mutating func add(_ units: UInt64, of grant: String, _ outcome: Outcome) {
        guard !grant.isEmpty, units > 0 else { return }
        let sign = Self.sign(outcome)
        if sign != 0 { self.units[grant, default: 0] += sign * Int64(clamping: units) }
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
}

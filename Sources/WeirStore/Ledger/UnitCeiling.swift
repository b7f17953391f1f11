package import WeirBilling

/// At what a grant is drawn for a unit of usage: a fraction of base units of the ledger. Units are drawn one for one, money at the most
/// that a unit can cost.
package struct UnitCeiling: Equatable, Sendable {
    /// Base units of the ledger, for so many units of usage.
    package let amount: Int64
    package let per: Int64

    package static let one = UnitCeiling(unchecked: 1, per: 1)

    private init(unchecked amount: Int64, per: Int64) {
        self.amount = amount
        self.per = per
    }

    init(stored amount: Int64, per: Int64) { self.init(unchecked: amount, per: max(1, per)) }

    /// - Throws: a refusal unless the amount is 0 or more, and the units 1 or more.
    package init(_ amount: Int64, per: Int64 = 1) throws(StoreError) {
        guard amount >= 0, per > 0 else {
            throw .refused(
                .invalid, "ceiling", "expected 0 or more for 1 unit or more, found \(amount) for \(per)")
        }
        self.init(unchecked: amount, per: per)
    }

    /// The ceiling of a price that is paid from a balance.
    package init(_ price: PriceFunction) throws(StoreError) {
        let ceiling: ExactAmount?
        do throws(BillingError) {
            ceiling = try price.ceiling()
        } catch {
            throw .refused(.invalid, error.field, "expected \(error.expected), found \(error.found); \(error.advice)")
        }
        guard let ceiling, let amount = Int64(exactly: ceiling.numerator) else {
            throw .refused(
                .invalid, "price", "expected a price with a most that a unit can cost: volume tiers have none")
        }
        try self.init(amount, per: ceiling.denominator)
    }

    /// What so many units are drawn at, rounded up; at most what an account may hold, and 0 for less than none.
    package func cost(of units: Int64) -> Int64 {
        if units <= 0 { return 0 }
        let cost = (Int128(units) * Int128(amount) + Int128(per) - 1) / Int128(per)
        return Int64(min(cost, Int128(Schema.maximumPosted)))
    }
}

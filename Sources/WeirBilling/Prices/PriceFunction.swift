/// A price as a function F of the units of a period, from its start: what so many units cost, exactly.
///
/// A charge is a difference, F(after) − F(before), so charges telescope: however usage is split into batches and in whatever order they
/// come, they add up to F of all of it.
///
/// Two things are not as simple. Volume tiers may lower F, so a charge may be a credit; in `prepaid` they are refused. A minimum is not
/// known to be missed before the period is over, so `cost` leaves it out and `closingCost` applies it: the difference, 0 or more, is
/// charged once, when the period ends.
package struct PriceFunction: Hashable, Sendable {
    package let model: PriceModel
    package let currency: Currency
    package let settlement: Settlement
    /// Every value of the function is a whole number of these parts of a nano-unit.
    let denominator: Int64

    /// Checks the model; an error names its place: `price.sum[1].graduated[0].upTo`.
    package init(_ model: PriceModel, in currency: Currency, settled settlement: Settlement) throws(BillingError) {
        var check = PriceCheck(currency: currency, settlement: settlement)
        denominator = try check.denominator(of: model, at: "price", depth: 1)
        self.model = model
        self.currency = currency
        self.settlement = settlement
    }

    /// F: what the units of a period have cost so far. `units`: base units from the period's start, 0 or more.
    package func cost(of units: Int64) throws(BillingError) -> ExactAmount {
        try amount(PriceSum(denominator: denominator, currency: currency, periodIsOver: false), units)
    }

    /// What the units of a period cost when it is over, minimums applied.
    package func closingCost(of units: Int64) throws(BillingError) -> ExactAmount {
        try amount(PriceSum(denominator: denominator, currency: currency, periodIsOver: true), units)
    }

    /// The charge for the units after `before` up to `after`.
    package func step(from before: Int64, to after: Int64) throws(BillingError) -> ExactAmount {
        try cost(of: after).subtracting(cost(of: before))
    }

    private func amount(_ sum: PriceSum, _ units: Int64) throws(BillingError) -> ExactAmount {
        guard units >= 0 else {
            throw BillingError(
                "units", expected: "0 or more", found: "\(units)", advice: "count base units from the period's start")
        }
        return try ExactAmount(numerator: sum.value(of: model, units), denominator: denominator, currency)
    }
}

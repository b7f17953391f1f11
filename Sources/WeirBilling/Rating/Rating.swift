/// The running charge of one meter in one period: units so far, and what of their cost has been posted.
///
/// Postings are whole nano-units, as transfers are: each is floor F(after) − floor F(before), so they telescope as F does, and what is
/// posted is a function of the units alone. The fraction that is left is below one nano-unit and is part of the invoice line.
package struct Rating: Hashable, Sendable {
    package let price: PriceFunction
    /// Base units since the period's start.
    package private(set) var units: Int64
    /// What has been posted for them, with the fees that are due at the start; never above the exact cost.
    package private(set) var posted: Money

    /// The rating of units that have been posted already, by default none; `posted` is then what is due at the period's start.
    package init(_ price: PriceFunction, units: Int64 = 0) throws(BillingError) {
        self.price = price
        self.units = units
        posted = try price.cost(of: units).whole
    }

    /// Counts more units, 0 or more, and returns what is to be posted for them: below 0 only with volume tiers.
    ///
    /// After an error nothing has changed.
    package mutating func count(_ more: Int64) throws(BillingError) -> Money {
        guard more >= 0 else {
            throw BillingError(
                "units", expected: "0 or more", found: "\(more)", advice: "totals only grow; post a credit instead")
        }
        let (after, overflow) = units.addingReportingOverflow(more)
        if overflow {
            throw BillingError(
                "units", expected: "at most \(Int64.max) in a period", found: "more",
                advice: "use a larger base unit for the meter")
        }
        let total = try price.cost(of: after).whole
        let step = try total.subtracting(posted)
        (units, posted) = (after, total)
        return step
    }

    /// The exact cost so far.
    package func cost() throws(BillingError) -> ExactAmount { try price.cost(of: units) }

    /// The exact cost when the period is over: what its invoice line is made of.
    package func closingCost() throws(BillingError) -> ExactAmount { try price.closingCost(of: units) }

    /// What minimums add when the period is over: 0 or more, charged once.
    package func minimumCharge() throws(BillingError) -> ExactAmount { try closingCost().subtracting(cost()) }
}

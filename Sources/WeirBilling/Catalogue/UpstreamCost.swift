/// What a product costs its provider: a price for each call, byte or unit that passes, whoever pays for it.
package struct UpstreamCost: Hashable, Sendable {
    package let price: UnitPrice
    package let dimension: MeterDimension

    package init(_ price: UnitPrice, per dimension: MeterDimension) throws(BillingError) {
        guard price.amount.nano >= 0 else {
            throw BillingError(
                "upstream_cost.amount", expected: "an amount of 0 or more", found: "\(price.amount)",
                advice: "leave the cost out where there is none")
        }
        guard price.per >= 1 else {
            throw BillingError(
                "upstream_cost.per", expected: "1 or more units", found: "\(price.per)",
                advice: "write how many units the amount is for")
        }
        self.price = price
        self.dimension = dimension
    }

    /// What so many units have cost; an error where it is beyond an amount.
    package func cost(of units: Int64) throws(BillingError) -> ExactAmount {
        try PriceFunction(.perUnit(price), in: price.amount.currency, settled: .arrears).cost(of: units)
    }
}

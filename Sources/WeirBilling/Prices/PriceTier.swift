/// One step of graduated or volume prices: units up to a number, from where the tier before ended.
package struct PriceTier: Hashable, Sendable {
    /// The last unit of the tier, counted from the period's first; nil in the last tier, which has no end.
    package let upTo: Int64?
    package let price: UnitPrice
    /// Charged once when the tier is reached (graduated), or with its price (volume); nil for none.
    package let fee: Money?

    package init(upTo: Int64?, _ price: UnitPrice, fee: Money? = nil) {
        self.upTo = upTo
        self.price = price
        self.fee = fee
    }
}

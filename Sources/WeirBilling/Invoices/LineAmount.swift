/// What lines come to, before they are rounded: used to make them and to explain them.
enum LineAmount {
    /// `from`: nil for a first line, which also has what is due at the period's start.
    static func usage(_ price: PriceFunction, _ units: (from: Int64?, to: Int64)) throws(BillingError) -> ExactAmount {
        guard let from = units.from else { return try price.cost(of: units.to) }
        return try price.step(from: from, to: units.to)
    }

    static func minimum(_ price: PriceFunction, _ units: Int64) throws(BillingError) -> ExactAmount {
        try price.closingCost(of: units).subtracting(price.cost(of: units))
    }

    static func adjustment(_ price: PriceFunction, _ units: (from: Int64, to: Int64)) throws(BillingError)
        -> ExactAmount
    {
        try price.closingCost(of: units.to).subtracting(price.closingCost(of: units.from))
    }

    /// What was paid, as an amount to take off. Balances are posted to in whole nano-units, rounded down: where that is all that lacks, the
    /// whole is paid, so that a line and its payment are rounded alike and leave nothing.
    static func paid(_ paid: Money, of exact: ExactAmount) throws(BillingError) -> ExactAmount {
        try (paid == exact.whole ? exact : ExactAmount(paid)).negated()
    }
}

/// What a meter costs, as values that nest: each case says what a period's units cost, all of them counted from the period's start.
///
///     .maximum(hundredDollars, .sum([.fee(tenDollars), .free(1_000, then: .perUnit(price))]))
///
/// A plain value: `PriceFunction` checks it and computes with it.
package indirect enum PriceModel: Hashable, Sendable {
    /// The amount, whatever is used: due when the period starts.
    case fee(Money)
    /// Each unit at one price.
    case perUnit(UnitPrice)
    /// Each unit at the price of the tier that it lies in.
    case graduated([PriceTier])
    /// All units at the price of the tier that the last one lies in. Reaching a tier may make the whole cheaper.
    case volume([PriceTier])
    /// Blocks of so many units, each charged whole when its first unit is used: the package model.
    case perBlock(of: Int64, Money)
    /// A fee that covers so many units, and the price of those beyond: included and overage. The beyond counts its units from 0.
    case included(Int64, for: Money, then: PriceModel)
    /// So many units for nothing, and the price of those beyond, which counts its units from 0.
    case free(Int64, then: PriceModel)
    /// At least the amount: what lacks is charged when the period ends, and nothing of it before.
    case minimum(Money, PriceModel)
    /// At most the amount.
    case maximum(Money, PriceModel)
    /// Less by a percentage.
    case off(Percentage, PriceModel)
    /// All of the prices, each of the same units.
    case sum([PriceModel])
}

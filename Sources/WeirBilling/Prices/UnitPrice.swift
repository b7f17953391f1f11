/// A price as a fraction: an amount for so many units. Half a dollar per million calls is `UnitPrice(half, per: 1_000_000)`, exactly.
///
/// A plain value: `PriceFunction` checks it, with its place in the price.
package struct UnitPrice: Hashable, Sendable {
    /// 0 or more.
    package let amount: Money
    /// Base units (calls, bytes) that the amount is for; 1 or more.
    package let per: Int64

    package init(_ amount: Money, per: Int64 = 1) {
        self.amount = amount
        self.per = per
    }

    /// The same price in lowest terms.
    var reduced: (nano: Int64, per: Int64) {
        let divisor = greatestCommonDivisor(per, amount.nano)
        return (amount.nano / divisor, per / divisor)
    }
}

extension UnitPrice: CustomStringConvertible {
    package var description: String { per == 1 ? "\(amount) per unit" : "\(amount) per \(per) units" }
}

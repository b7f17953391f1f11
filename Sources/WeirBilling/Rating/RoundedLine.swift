/// An invoice line's amount: the one place where money is rounded.
///
///     exact + carried in = amount + carry
///
/// The amount is whole minor units (cents), rounded half away from zero; what is left, at most half a minor unit either way, is carried
/// to the next period's line of the same subscription and kind. So the lines of any number of periods differ from the exact sum by at
/// most half a minor unit in all. An invoice's total is the sum of its lines.
package struct RoundedLine: Hashable, Sendable {
    package let exact: ExactAmount
    package let carriedIn: ExactAmount
    /// Whole minor units of the currency.
    package let amount: Money
    /// For the next line of the same kind.
    package let carry: ExactAmount

    /// Rounds an amount, with what the line before has left; `carriedIn` is nil for a first line.
    package init(_ exact: ExactAmount, carriedIn: ExactAmount? = nil) throws(BillingError) {
        let carriedIn = carriedIn ?? .zero(exact.currency)
        let total = try Self.sum(exact, carriedIn)
        amount = try total.rounded(to: exact.currency.nanosPerMinorUnit)
        carry = try total.subtracting(ExactAmount(amount))
        self.exact = exact
        self.carriedIn = carriedIn
    }

    /// A line as it was stored; whether it adds up is for whoever computes it again to say.
    package init(stored exact: ExactAmount, carriedIn: ExactAmount, amount: Money, carry: ExactAmount) {
        self.exact = exact
        self.carriedIn = carriedIn
        self.amount = amount
        self.carry = carry
    }

    /// The sum, where unit prices that have nothing in common follow each other in whole nano-units of the carry.
    ///
    /// A line must come about whatever plans a consumer has had, and denominators of all of them would multiply; what is lost is at most
    /// half a nano-unit, and only then.
    private static func sum(_ exact: ExactAmount, _ carriedIn: ExactAmount) throws(BillingError) -> ExactAmount {
        if exact.currency == carriedIn.currency, leastCommonMultiple(exact.denominator, carriedIn.denominator) == nil {
            return try exact.adding(ExactAmount(carriedIn.rounded(to: 1)))
        }
        return try exact.adding(carriedIn)
    }
}

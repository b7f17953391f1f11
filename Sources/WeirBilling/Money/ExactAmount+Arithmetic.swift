extension ExactAmount {
    /// The sum; an error where currencies differ, or it or its denominator does not fit.
    package func adding(_ other: ExactAmount) throws(BillingError) -> ExactAmount {
        if other.currency != currency { throw .mixed("amount", expected: currency, found: other.currency) }
        guard let common = leastCommonMultiple(denominator, other.denominator) else {
            throw BillingError(
                "denominator", expected: "a common one of at most \(Int64.max)",
                found: "\(denominator) and \(other.denominator)", advice: "use prices per 1000, per 1000000 or the like"
            )
        }
        // Each product is at most 2^63 × the common denominator, and the sum of two fits 127 bits.
        return try ExactAmount(
            numerator: numerator * Int128(common / denominator) + other.numerator * Int128(common / other.denominator),
            denominator: common, currency)
    }

    package func subtracting(_ other: ExactAmount) throws(BillingError) -> ExactAmount { try adding(other.negated()) }

    package func negated() throws(BillingError) -> ExactAmount {
        try ExactAmount(numerator: -numerator, denominator: denominator, currency)
    }

    /// Whether an amount of the same currency is larger than this one.
    package func isLess(than other: ExactAmount) throws(BillingError) -> Bool {
        if other.currency != currency { throw .mixed("amount", expected: currency, found: other.currency) }
        if whole.nano != other.whole.nano { return whole.nano < other.whole.nano }
        return Int128(remainder) * Int128(other.denominator) < Int128(other.remainder) * Int128(denominator)
    }

    /// The multiple of a step that is next to the amount, the one further from zero where two are: half away from zero.
    ///
    /// `step`: nano-units, from 1 to 10⁹.
    func rounded(to step: Int64) throws(BillingError) -> Money {
        let unit = Int128(step) * Int128(denominator)
        let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: unit)
        let away: Int128 = Int128(remainder.magnitude) * 2 < unit ? 0 : numerator < 0 ? -1 : 1
        guard let nano = Int64(exactly: (quotient + away) * Int128(step)) else { throw .tooLarge("amount", currency) }
        return Money(nano: nano, currency)
    }

    /// Rounded up to whole nano-units: what a ceiling is told as.
    package func roundedUp() throws(BillingError) -> Money {
        remainder == 0 ? whole : try whole.adding(Money(nano: 1, currency))
    }
}

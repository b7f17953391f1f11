/// An amount of one currency that need not be whole nano-units: a fraction, in lowest terms, so that equal amounts are equal values.
///
/// Charges stay fractions until they are rounded, once, on an invoice line. The value lies in the range of `Money` and the denominator is
/// an int64, so numerators fit 127 bits, and so do all products that are made of them here.
package struct ExactAmount: Hashable, Sendable {
    /// Nano-units times the denominator.
    package let numerator: Int128
    /// 1 or more; has no divisor in common with the numerator.
    package let denominator: Int64
    package let currency: Currency

    package init(_ money: Money) {
        numerator = Int128(money.nano)
        denominator = 1
        currency = money.currency
    }

    package static func zero(_ currency: Currency) -> ExactAmount { ExactAmount(.zero(currency)) }

    /// A fraction of a nano-unit times its numerator; an error where it is beyond the range of `Money` or the denominator below 1.
    package init(numerator: Int128, denominator: Int64, _ currency: Currency) throws(BillingError) {
        guard denominator > 0 else {
            throw BillingError(
                "denominator", expected: "1 or more", found: "\(denominator)", advice: "use the fraction's lower part")
        }
        let scale = Int128(denominator)
        guard numerator >= Int128(Int64.min) * scale, numerator <= Int128(Int64.max) * scale else {
            throw .tooLarge("amount", currency)
        }
        let divisor = greatestCommonDivisor(denominator, Int64(numerator % scale))
        self.numerator = numerator / Int128(divisor)
        self.denominator = denominator / divisor
        self.currency = currency
    }

    /// An amount as it is stored: whole nano-units and a fraction of one more, 0 ≤ remainder < denominator.
    package init(whole: Money, remainder: Int64, of denominator: Int64) throws(BillingError) {
        guard denominator > 0, (0..<denominator).contains(remainder) else {
            throw BillingError(
                "remainder", expected: "0 or more and less than its denominator",
                found: "\(remainder) of \(denominator)",
                advice: "store whole, remainder and denominator together")
        }
        try self.init(
            numerator: Int128(whole.nano) * Int128(denominator) + Int128(remainder), denominator: denominator,
            whole.currency)
    }

    /// The largest whole number of nano-units that is not above the amount.
    package var whole: Money {
        let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: Int128(denominator))
        return Money(nano: Int64(remainder < 0 ? quotient - 1 : quotient), currency)
    }

    /// What the amount has above `whole`, in parts of the denominator: 0 or more, and less than the denominator.
    package var remainder: Int64 { Int64(numerator - Int128(whole.nano) * Int128(denominator)) }

    package var isZero: Bool { numerator == 0 }
    package var isNegative: Bool { numerator < 0 }
}

extension ExactAmount: CustomStringConvertible {
    /// `12.50 USD`, or with a fraction of a nano-unit `12.50 USD + 1/3 nano`.
    package var description: String {
        remainder == 0 ? "\(whole)" : "\(whole) + \(remainder)/\(denominator) nano"
    }
}

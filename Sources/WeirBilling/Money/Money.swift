/// An amount of one currency, in int64 nano-units of its major unit: from about −9.2 to 9.2 thousand million dollars, by 10⁻⁹ dollar.
///
/// The scale is the same for every currency, so that a price is not bound to coins: digits matter only on an invoice line. Amounts of
/// different currencies never meet, and nothing wraps: both are errors.
package struct Money: Hashable, Sendable {
    /// 10⁹: digits behind the point are nine.
    package static let nanosPerUnit: Int64 = 1_000_000_000

    package let nano: Int64
    package let currency: Currency

    /// An amount of nano-units: 500,000,000 of USD is half a dollar.
    package init(nano: Int64, _ currency: Currency) {
        self.nano = nano
        self.currency = currency
    }

    /// An amount of minor units, as on an invoice: 1,250 of USD is 12.50 dollars.
    package init(minor: Int64, _ currency: Currency) throws(BillingError) {
        let (nano, overflow) = minor.multipliedReportingOverflow(by: currency.nanosPerMinorUnit)
        if overflow { throw .tooLarge("amount", currency) }
        self.init(nano: nano, currency)
    }

    package static func zero(_ currency: Currency) -> Money { Money(nano: 0, currency) }

    /// Whole minor units, where the amount has nothing below them; an invoice line always does.
    package var minor: Int64? { nano % currency.nanosPerMinorUnit == 0 ? nano / currency.nanosPerMinorUnit : nil }

    package func adding(_ other: Money) throws(BillingError) -> Money {
        try checked(other, nano.addingReportingOverflow(other.nano))
    }

    package func subtracting(_ other: Money) throws(BillingError) -> Money {
        try checked(other, nano.subtractingReportingOverflow(other.nano))
    }

    package func negated() throws(BillingError) -> Money { try Money.zero(currency).subtracting(self) }

    /// Whether an amount of the same currency is larger than this one.
    package func isLess(than other: Money) throws(BillingError) -> Bool {
        _ = try checked(other, (0, false))
        return nano < other.nano
    }

    private func checked(_ other: Money, _ result: (partialValue: Int64, overflow: Bool)) throws(BillingError) -> Money
    {
        if other.currency != currency { throw .mixed("amount", expected: currency, found: other.currency) }
        if result.overflow { throw .tooLarge("amount", currency) }
        return Money(nano: result.partialValue, currency)
    }
}

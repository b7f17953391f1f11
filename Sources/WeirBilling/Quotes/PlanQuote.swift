/// What usage of one consumer would cost under a plan: fees, what is charged beyond grants, and what would have been denied.
package struct PlanQuote: Hashable, Sendable {
    package let consumer: String
    package let plan: String
    package let planVersion: Int64
    package let currency: Currency
    /// Fees of periods or purchases.
    package let fees: Money
    /// By meter, in the order of their codes.
    package let meters: [MeterQuote]
    /// What grants of money pay of it: 0 or more, and no more than what is charged.
    package let granted: Money
    /// Purchases of a package that the usage takes; 0 of other plans.
    package let purchases: Int64
    /// What is beyond the credit limit at the end of a period; nil where nothing is.
    package let beyondLimit: Money?
    /// What is to be paid.
    package let total: Money

    package var denied: Bool { meters.contains { $0.denied > 0 } }
}

/// One meter of a quote.
package struct MeterQuote: Hashable, Sendable {
    package let meter: String
    package let units: Int64
    /// Drawn from grants.
    package let granted: Int64
    /// Charged at the price; units of meters without a price are neither charged nor denied.
    package let charged: Int64
    package let denied: Int64
    /// Rounded once, as an invoice line is.
    package let amount: Money
}

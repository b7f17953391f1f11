/// An invoice that is issued: nothing of it changes any more. What comes later is a line of a later one.
package struct Invoice: Hashable, Sendable {
    package let number: InvoiceNumber
    /// Who sells and who pays: names for people.
    package let seller: String
    package let consumer: String
    package let consumerID: String
    package let currency: Currency
    package let periodStart: Int64
    package let periodEnd: Int64
    package let issued: Int64
    package let lines: [InvoiceLine]
    /// Agents whose usage up to the period's end was not known to be complete.
    package let missing: [PeriodClosing.Agent]
    /// The sum of the lines.
    package let total: Money

    package init(
        _ number: InvoiceNumber, of draft: InvoiceDraft, seller: String, consumer: String, consumerID: String,
        from start: Int64,
        to end: Int64, issued: Int64, missing: [PeriodClosing.Agent] = []
    ) throws(BillingError) {
        guard start < end else {
            throw BillingError(
                "invoice.period", expected: "an end after its start", found: "\(start) to \(end)",
                advice: "check the period")
        }
        var total = Money.zero(draft.currency)
        for line in draft.lines { total = try total.adding(line.amount) }
        self.number = number
        self.seller = seller
        self.consumer = consumer
        self.consumerID = consumerID
        currency = draft.currency
        periodStart = start
        periodEnd = end
        self.issued = issued
        lines = draft.lines
        self.missing = missing
        self.total = total
    }

    /// An invoice as it was stored; whether it adds up is for whoever computes it again to say.
    package init(
        stored number: InvoiceNumber, seller: String, consumer: String, consumerID: String, period: (Int64, Int64),
        issued: Int64, lines: [InvoiceLine], missing: [PeriodClosing.Agent], total: Money
    ) {
        self.number = number
        self.seller = seller
        self.consumer = consumer
        self.consumerID = consumerID
        currency = total.currency
        (periodStart, periodEnd) = period
        self.issued = issued
        self.lines = lines
        self.missing = missing
        self.total = total
    }

    /// What is to be paid.
    package var due: Money { total.nano > 0 ? total : .zero(currency) }

    /// What the consumer is given back, as credit: 0 or more.
    package var credit: Money {
        total.nano < 0 ? Money(nano: total.nano == .min ? .max : -total.nano, currency) : .zero(currency)
    }

    /// The sum of the lines of some kinds.
    package func sum(of kinds: InvoiceLine.Kind...) throws(BillingError) -> Money {
        var sum = Money.zero(currency)
        for line in lines where kinds.contains(line.kind) { sum = try sum.adding(line.amount) }
        return sum
    }
}

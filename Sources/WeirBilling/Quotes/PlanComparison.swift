/// For whom a plan changes what is paid: the same usage under two plans, by consumer.
package struct PlanComparison: Hashable, Sendable {
    /// One consumer; those without a quote before are new to the plan.
    package struct Row: Hashable, Sendable {
        package let before: PlanQuote?
        package let after: PlanQuote
        /// What is paid more, below 0 less.
        package let change: Money
    }

    /// The largest change first, up or down; equal ones by consumer.
    package let rows: [Row]
    package let currency: Currency
    package let totalBefore: Money
    package let totalAfter: Money

    /// - Parameter before: what the consumers pay now, in the same currency.
    package init(before: [PlanQuote], after: [PlanQuote], _ currency: Currency) throws(BillingError) {
        let known = Dictionary(before.map { ($0.consumer, $0) }) { first, _ in first }
        var rows: [Row] = []
        var (sumBefore, sumAfter) = (Money.zero(currency), Money.zero(currency))
        for quote in after {
            let old = known[quote.consumer]
            let paid = old?.total ?? .zero(currency)
            rows.append(Row(before: old, after: quote, change: try quote.total.subtracting(paid)))
            sumBefore = try sumBefore.adding(paid)
            sumAfter = try sumAfter.adding(quote.total)
        }
        self.rows = rows.sorted { left, right in
            left.change.nano.magnitude != right.change.nano.magnitude
                ? left.change.nano.magnitude > right.change.nano.magnitude : left.after.consumer < right.after.consumer
        }
        self.currency = currency
        totalBefore = sumBefore
        totalAfter = sumAfter
    }

    /// How many would pay more, less and the same, and how many would be denied calls that they are allowed now.
    package var counts: (more: Int, less: Int, same: Int, denied: Int) {
        var counts = (more: 0, less: 0, same: 0, denied: 0)
        for row in rows {
            if row.change.nano > 0 {
                counts.more += 1
            } else if row.change.nano < 0 {
                counts.less += 1
            } else {
                counts.same += 1
            }
            if row.after.denied, row.before?.denied != true { counts.denied += 1 }
        }
        return counts
    }
}

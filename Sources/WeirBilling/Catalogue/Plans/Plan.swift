/// What is sold, and on which terms: one version of a plan, which never changes once it is published.
package struct Plan: Hashable, Sendable {
    package let code: String
    /// 1 for the first one that is published; 0 of a plan that is not.
    package let version: Int64
    /// Slugs of the products that it opens; sorted as they were written, never empty.
    package let products: [String]
    package let mode: PlanMode
    package let currency: Currency
    /// Once for each purchase (package), in advance for each period (subscription, postpaid); nil where there is none.
    package let fee: Money?
    /// When it renews and counts anew; nil of packages.
    package let period: Period?
    /// How long a package lasts, from its purchase; nil for ever, and of other modes.
    package let expiry: Period?
    /// Days before the first period, without fee; 0 for none.
    package let trialDays: Int
    /// Given by each purchase (package), in each period (subscription), once at the start (payg).
    package let grants: [PlanGrant]
    /// By the codes of meters.
    package let prices: [String: MeterPrice]
    package let unreported: UnreportedCalls
    package let outage: PlanOutage
    /// How long service goes on when a fee or an invoice is due and unpaid.
    package let overdueGraceSeconds: Int64
    /// How much may be used and not be paid; of postpaid plans only.
    package let creditLimit: Money?
    /// In the grammar of rules; a limit without `by` counts each consumer on its own. Empty for none.
    package let rules: String

    /// What happens when a meter's grants are used up.
    package func whenUsedUp(_ meter: String) -> WhenUsedUp {
        prices[meter]?.exhausted ?? (grants(of: meter).isEmpty ? .charge : .deny)
    }

    package func grants(of meter: String) -> [PlanGrant] { grants.filter { $0.allowance.meter == meter } }

    /// The codes of the meters that it speaks of, sorted.
    package var meters: [String] {
        var codes = Set(prices.keys).union(grants.compactMap(\.allowance.meter))
        if case .overdraft(.units(_, let meter)) = outage { codes.insert(meter) }
        return codes.sorted()
    }

    /// The price of a meter as a function of the units of a period; nil where it has none. Checked when the plan was read.
    package func priceFunction(of meter: String) throws(BillingError) -> PriceFunction? {
        guard let price = prices[meter] else { return nil }
        do throws(BillingError) {
            return try PriceFunction(price.model, in: currency, settled: mode.settlement)
        } catch {
            throw error.within("prices.\(meter)")
        }
    }

    /// The same plan as a version of its own.
    package func published(as version: Int64) -> Plan { Plan(self, version: version) }
}

extension Plan {
    fileprivate init(_ plan: Plan, version: Int64) {
        self.init(
            code: plan.code, version: version, products: plan.products, mode: plan.mode, currency: plan.currency,
            fee: plan.fee,
            period: plan.period, expiry: plan.expiry, trialDays: plan.trialDays, grants: plan.grants,
            prices: plan.prices,
            unreported: plan.unreported, outage: plan.outage, overdueGraceSeconds: plan.overdueGraceSeconds,
            creditLimit: plan.creditLimit, rules: plan.rules)
    }
}

import WeirBilling
import WeirStore

/// What products have brought in, what they have cost upstream, and what is left.
struct RevenueReport {
    /// A product in one currency.
    struct Row: Equatable {
        let product: ProductRow
        let currency: Currency
        var revenue: Money
        /// Allowed calls, under whatever plan.
        let calls: Int64
        /// What its provider pays for them; nil where that is nothing, or in another currency.
        var cost: Money?

        /// nil where the cost is in another currency.
        var margin: Money? {
            cost.flatMap { try? revenue.subtracting($0) } ?? (product.costCurrency.isEmpty ? revenue : nil)
        }
    }

    let rows: [Row]

    /// - Parameter provider: the id of the one whose products they are; nil for all.
    init(in span: UsageSpan, of provider: String?, _ catalogue: Catalogue) throws(StoreError) {
        let filters: [(String, SQLValue)] = provider.map { [("provider_id", .text($0))] } ?? []
        let products = try catalogue.list(ProductRow.self, where: filters, limit: 10_000)
        let calls = try catalogue.allowedCalls(in: span.hours)
        var sums: [String: [Currency: Money]] = [:]
        for part in try catalogue.ledger.revenue(in: span.seconds) {
            let detail = try catalogue.detail(try catalogue.plan(part.plan, field: "plan"))
            if let provider, detail.plan.providerID != provider { continue }
            let weights = detail.products.map { product in
                calls.filter { $0.plan == detail.plan.code && $0.product == product.slug }.reduce(0) { $0 + $1.calls }
            }
            do throws(BillingError) {
                let amount = Money(nano: part.amount, try Currency(String(part.ledger.dropLast(2))))
                // By its calls; evenly where nothing was called.
                let isCalled = weights.contains { $0 > 0 }
                let shares = try amount.split(by: isCalled ? weights : weights.map { _ in 1 })
                for (product, share) in zip(detail.products, shares) {
                    let known = sums[product.id]?[amount.currency] ?? .zero(amount.currency)
                    sums[product.id, default: [:]][amount.currency] = try known.adding(share)
                }
            } catch {
                throw StoreError(.failed, "the revenue of plan \(detail.plan.code): \(error)")
            }
        }
        var rows: [Row] = []
        for product in products {
            let called = calls.filter { $0.product == product.slug }.reduce(0) { $0 + $1.calls }
            rows += try Self.rows(of: product, sums[product.id] ?? [:], calls: called)
        }
        self.rows = rows
    }

    private static func rows(
        of product: ProductRow, _ sums: [Currency: Money], calls: Int64
    ) throws(StoreError) -> [Row] {
        var sums = sums
        do throws(BillingError) {
            var cost: Money?
            if !product.costCurrency.isEmpty {
                let currency = try Currency(product.costCurrency)
                let price = UnitPrice(Money(nano: product.costNano, currency), per: product.costPer)
                cost = try UpstreamCost(price, per: .calls).cost(of: calls).roundedUp()
                if calls > 0, sums[currency] == nil { sums[currency] = .zero(currency) }
            }
            return sums.sorted { $0.key.code < $1.key.code }.map { currency, revenue in
                Row(
                    product: product, currency: currency, revenue: revenue, calls: calls,
                    cost: cost?.currency == currency ? cost : nil)
            }
        } catch {
            throw StoreError(.failed, "the cost of product \(product.slug): \(error)")
        }
    }
}

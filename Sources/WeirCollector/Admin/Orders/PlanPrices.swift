import WeirBilling
import WeirStore

/// The exact prices that balances are charged by: those of the contract's plan.
struct PlanPrices: PriceBook {
    func price(
        of grant: CreditGrant, in contract: String, _ connection: any SQLConnection
    ) throws(StoreError) -> PriceFunction? {
        let catalogue = Catalogue(connection, now: 0, identifier: Identifier { 0 })
        guard let subscription = try catalogue.find(SubscriptionRow.self, "id", String(contract.prefix { $0 != "/" }))
        else {
            return nil
        }
        let row = try catalogue.plan(
            try catalogue.find(ContractRow.self, "id", contract)?.planID ?? subscription.planID, field: "plan")
        let plan = try row.plan()
        // A balance is drawn on by one meter: the one that costs something.
        let costly = try catalogue.detail(row).meters.first { $0.ceilingNano > 0 }
        guard let costly, let price = plan.prices[costly.code] else { return nil }
        do throws(BillingError) {
            return try PriceFunction(price.model, in: plan.currency, settled: .arrears)
        } catch {
            throw StoreError(.failed, "the price of \(costly.code) in plan \(plan.code): \(error)")
        }
    }
}

import WeirBilling
import WeirStore

/// The exact prices that balances are charged by: those of the contract's plan, by meter.
struct PlanPrices: PriceBook {
    func price(
        of meter: String, in contract: String, _ connection: any SQLConnection
    ) throws(StoreError) -> PriceFunction? {
        let catalogue = Catalogue(connection, now: 0, identifier: Identifier { 0 })
        guard let planID = try planID(of: contract, catalogue) else { return nil }
        let plan = try catalogue.plan(planID, field: "plan").plan()
        guard let price = plan.prices[meter] else { return nil }
        do throws(BillingError) {
            return try PriceFunction(price.model, in: plan.currency, settled: .arrears)
        } catch {
            throw StoreError(.failed, "the price of \(meter) in plan \(plan.code): \(error)")
        }
    }

    /// The plan of a contract; that which its subscription has now where the contract is not known by itself.
    private func planID(of contract: String, _ catalogue: Catalogue) throws(StoreError) -> String? {
        if let row = try catalogue.find(ContractRow.self, "id", contract) { return row.planID }
        return try catalogue.find(SubscriptionRow.self, "id", String(contract.prefix { $0 != "/" }))?.planID
    }
}

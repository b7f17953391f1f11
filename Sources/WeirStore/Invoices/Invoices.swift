import WeirBilling

/// Invoices: made of contracts, their charges and their usage, inside one transaction.
///
/// A value lives as long as the transaction that it was made in.
package struct Invoices {
    package let catalogue: Catalogue
    /// What money grants are charged by.
    let prices: any PriceBook

    package init(_ catalogue: Catalogue, prices: any PriceBook = CeilingPrices()) {
        self.catalogue = catalogue
        self.prices = prices
    }

    var connection: any SQLConnection { catalogue.connection }
    var now: Int64 { catalogue.now }
    var ledger: Ledger { catalogue.ledger }

    /// A contract with all that its invoice is made from.
    struct Subject {
        let row: ContractRow
        let subscription: SubscriptionRow
        let planRow: PlanRow
        let plan: Plan
    }

    func subject(_ row: ContractRow) throws(StoreError) -> Subject {
        let subscription = try catalogue.subscription(row.subscriptionID)
        let planRow = try catalogue.plan(row.planID, field: "plan")
        return Subject(row: row, subscription: subscription, planRow: planRow, plan: try Self.plan(planRow))
    }

    /// The plan that a row holds. It was read before it was published.
    static func plan(_ row: PlanRow) throws(StoreError) -> Plan {
        do throws(PlanErrors) {
            return try PlanText.parse(row.source).plan.published(as: row.number)
        } catch {
            throw StoreError(.failed, "plan \(row.code) \(row.number) cannot be read: \(error)")
        }
    }

    /// Runs a computation of the billing model; what it refuses is a fault of what is stored.
    static func billing<Result>(
        _ what: String, _ body: () throws(BillingError) -> Result
    ) throws(StoreError) -> Result {
        do throws(BillingError) {
            return try body()
        } catch {
            throw StoreError(
                .failed, "\(what): \(error.field): expected \(error.expected), found \(error.found); \(error.advice)")
        }
    }
}

package import WeirBilling

/// What money grants are charged by, once it is known how much was used.
package protocol PriceBook: Sendable {
    /// The price of a meter in a contract (a subscription and its period), whose units are counted from the period's start; nil to charge
    /// what agents spent, which is the ceiling.
    func price(
        of meter: String, in contract: String, _ connection: any SQLConnection
    ) throws(StoreError) -> PriceFunction?
}

/// Charges the ceiling: right where each unit costs the same.
package struct CeilingPrices: PriceBook {
    package init() {}

    package func price(
        of meter: String, in contract: String, _ connection: any SQLConnection
    ) throws(StoreError) -> PriceFunction? { nil }
}

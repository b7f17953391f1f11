/// What an order did; the same one again gives the same receipt.
package struct OrderReceipt: Equatable, Sendable {
    package struct Line: Equatable, Sendable {
        package let grant: String
        package let ledger: String
        /// What was credited, or taken where below 0.
        package let amount: Int64
        /// The grant's settled balance behind it.
        package let balance: Int64
    }

    package let id: String
    package let externalID: String
    package let kind: Order.Kind
    /// Empty where nothing is paid.
    package let currency: String
    /// Nano-units of the currency.
    package let amount: Int64
    package let madeAt: Int64
    package let lines: [Line]
}

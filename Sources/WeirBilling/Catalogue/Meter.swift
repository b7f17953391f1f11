/// What is counted for a bill, under a code that plans price: a dimension, and which calls count.
package struct Meter: Hashable, Sendable {
    package let code: String
    package let dimension: MeterDimension
    package let filter: BillFilter

    package init(code: String, dimension: MeterDimension, filter: BillFilter = .everything) throws(BillingError) {
        self.code = try CatalogueText.code(code, "code")
        // Grants name what they are of by a meter's code or a currency's.
        if (try? Currency(code)) != nil {
            throw BillingError(
                "code", expected: "a code that is no currency's", found: code, advice: "write it in lower case")
        }
        self.dimension = dimension
        self.filter = filter
    }
}

/// What a filter looks at: an allowed call, with what was told of it.
package struct BillableCall: Hashable, Sendable {
    /// 100 to 599; of a class that is all that is known, any status of it (`2xx` as 200) does, where `isDecidedByTotals`. nil without a
    /// report.
    package let status: Int?
    package let method: String
    package let product: String
    /// Empty where no route matches.
    package let route: String
    package let plan: String

    package init(status: Int?, method: String = "", product: String = "", route: String = "", plan: String = "") {
        self.status = status
        self.method = method
        self.product = product
        self.route = route
        self.plan = plan
    }
}

/// A route of a product: what it matches, and what a call of it weighs.
package struct RouteRecord: Equatable, Sendable {
    package var id: RecordID
    package var product: RecordID
    package var name: String
    /// Upper case; empty for all.
    package var methods: [String]
    /// A path as rules see it, `*` for any run of characters.
    package var path: String
    /// Units for each unit of cost, at least 1.
    package var weight: Int64
    /// Routes are tried in this order, then in that of their ids; the first that matches is it.
    package var order: Int64

    package init(
        id: RecordID, product: RecordID, name: String, methods: [String], path: String, weight: Int64, order: Int64
    ) {
        self.id = id
        self.product = product
        self.name = name
        self.methods = methods
        self.path = path
        self.weight = weight
        self.order = order
    }
}

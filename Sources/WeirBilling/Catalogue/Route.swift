/// A part of a product, by method and path: what its calls weigh, and a name that filters and limits can speak of.
package struct Route: Hashable, Sendable {
    package let name: String
    /// Methods that it takes; empty for all.
    package let methods: [String]
    /// A pattern: `*` is any run of characters, `?` one.
    package let path: String
    /// Units that one of its calls counts, 1 where nothing is said.
    package let weight: Int64

    package init(name: String, methods: [String] = [], path: String, weight: Int64 = 1) throws(BillingError) {
        self.name = try CatalogueText.code(name, "name")
        self.methods = try CatalogueText.list(methods, most: CatalogueLimits.methods, "methods", CatalogueText.method)
        self.path = try CatalogueText.path(path, "path")
        self.weight = try CatalogueText.number(
            weight, 0...CatalogueLimits.weight, "weight",
            advice: "use 1 for an ordinary call, 0 for one that counts nothing")
    }
}

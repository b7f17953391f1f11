/// What agents of a namespace know of: products of their own, those of all, and what belongs to them. A value lives as long as its
/// transaction.
struct NamespaceSight {
    private let namespace: String
    private let connection: any SQLConnection
    /// Ids of products that are another namespace's.
    private let hidden: Set<String>

    init(_ namespace: String, _ connection: any SQLConnection) throws(StoreError) {
        self.namespace = namespace
        self.connection = connection
        hidden = Set(
            try connection.run(
                "SELECT id FROM product WHERE namespace <> '' AND namespace <> $1", [.text(namespace)]
            ).map { row throws(StoreError) in try row.text(0) })
    }

    /// Whether nothing is hidden from it: the usual case, in which nothing has to be asked.
    var isWhole: Bool { hidden.isEmpty }

    func sees(product id: String) -> Bool { !hidden.contains(id) }

    /// Whether any of a plan's products is seen; a plan of none is everybody's.
    func sees(plan id: String) throws(StoreError) -> Bool {
        if isWhole { return true }
        let products = try connection.run("SELECT product_id FROM plan_product WHERE plan_id = $1", [.text(id)]).map {
            row throws(StoreError) in try row.text(0)
        }
        return products.isEmpty || !hidden.isSuperset(of: products)
    }

    /// Whether a grant is of a contract to what is not seen.
    func hides(grant id: String) throws(StoreError) -> Bool {
        if isWhole { return false }
        let rows = try connection.run(
            """
            SELECT subscription.plan_id FROM credit_grant JOIN subscription ON subscription.id = credit_grant.subscription
            WHERE credit_grant.id = $1
            """, [.text(id)])
        guard let row = rows.first else { return false }
        return try !sees(plan: try row.text(0))
    }
}

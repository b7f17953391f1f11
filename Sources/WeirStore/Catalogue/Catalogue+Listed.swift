/// What is shown to everybody.
extension Catalogue {
    /// A product that is listed, and the plans that it is sold under now.
    package struct ListedProduct: Equatable, Sendable {
        package var product: ProductRow
        package var provider: ProviderRow
        package var plans: [PlanDetail]
    }

    /// Products that are shown at most.
    package static let maximumListed = 500

    /// Listed products with their plans, in the order in which they were added.
    package func listedProducts() throws(StoreError) -> [ListedProduct] {
        var listed: [ListedProduct] = []
        var details: [String: PlanDetail] = [:]
        for product in try list(ProductRow.self, where: [("listed", .integer(1))], limit: Self.maximumListed) {
            let codes = try connection.run(
                """
                SELECT DISTINCT plan.code FROM plan_product JOIN plan ON plan.id = plan_product.plan_id
                WHERE plan_product.product_id = $1 AND plan.published_at IS NOT NULL ORDER BY plan.code
                """, [.text(product.id)]
            ).map { row throws(StoreError) in try row.text(0) }
            var plans: [PlanDetail] = []
            for code in codes {
                guard let plan = try sold(code) else { continue }
                if details[plan.id] == nil { details[plan.id] = try self.detail(plan) }
                guard let detail = details[plan.id] else { continue }
                // A later version may be of other products.
                if detail.products.contains(where: { $0.id == product.id }) { plans.append(detail) }
            }
            listed.append(
                ListedProduct(
                    product: product, provider: try provider(product.providerID, field: "provider"), plans: plans))
        }
        return listed
    }
}

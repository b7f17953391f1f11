/// Which contracts a change of a plan would be of.
extension Catalogue {
    /// Contracts to plans of some products that were in force at some time of a span, in the order in which they were made.
    ///
    /// - Parameters:
    ///   - products: slugs.
    ///   - code: only those to this plan.
    package func contracts(
        of products: [String], plan code: String?, in span: Range<Int64>, limit: Int
    ) throws(StoreError) -> [(contract: SubscriptionRow, consumer: ConsumerRow)] {
        var values: [SQLValue] = [.integer(span.upperBound), .integer(span.lowerBound)]
        func placeholder(_ value: SQLValue) -> String {
            values.append(value)
            return "$\(values.count)"
        }
        func columns(_ names: [String], _ table: String) -> String {
            names.map { "\(table).\($0)" }.joined(separator: ", ")
        }
        let (first, second) = (
            columns(SubscriptionRow.columns, "subscription"), columns(ConsumerRow.columns, "consumer")
        )
        var text = """
            SELECT \(first), \(second) FROM subscription JOIN consumer ON consumer.id = subscription.consumer_id
                JOIN plan ON plan.id = subscription.plan_id
            WHERE subscription.starts_at < $1 AND (subscription.ends_at IS NULL OR subscription.ends_at > $2)
            """
        let slugs = products.map { placeholder(.text($0)) }.joined(separator: ", ")
        text += " AND EXISTS (SELECT 1 FROM plan_product JOIN product ON product.id = plan_product.product_id"
        text += " WHERE plan_product.plan_id = plan.id AND product.slug IN (\(slugs)))"
        if let code { text += " AND plan.code = \(placeholder(.text(code)))" }
        text += " ORDER BY subscription.id LIMIT \(placeholder(.integer(Int64(limit))))"
        var found: [(contract: SubscriptionRow, consumer: ConsumerRow)] = []
        for row in try connection.run(text, values) {
            var reader = RowReader(row)
            found.append((try SubscriptionRow(&reader), try ConsumerRow(&reader)))
        }
        return found
    }
}

/// How much was called.
extension Catalogue {
    /// Calls that were allowed under contracts, by plan and product: a plan's code, a product's slug.
    package func allowedCalls(
        in hours: Range<Int64>
    ) throws(StoreError) -> [(plan: String, product: String, calls: Int64)] {
        try connection.run(
            """
            SELECT dimension.plan, dimension.product, CAST(sum(usage_hour.calls) AS BIGINT)
            FROM usage_hour CROSS JOIN dimension
            WHERE dimension.id = usage_hour.dimension_id AND usage_hour.hour >= $1 AND usage_hour.hour < $2
                AND usage_hour.outcome = 1 AND dimension.contract <> ''
            GROUP BY dimension.plan, dimension.product ORDER BY dimension.plan, dimension.product
            """, [.integer(hours.lowerBound), .integer(hours.upperBound)]
        ).map { row throws(StoreError) in (try row.text(0), try row.text(1), try row.integer(2)) }
    }
}

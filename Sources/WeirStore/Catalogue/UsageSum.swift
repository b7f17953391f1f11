package import WeirCore

/// A sum of usage under a contract, as finely as bills need it.
package struct UsageSum: Equatable, Sendable {
    /// Hours since 1970; 0 where the question was not for hours.
    package let hour: Int64
    package let contract: String
    package let consumer: String
    /// A product's slug, a route's name.
    package let product: String
    package let route: String
    /// What was drawn on, as cells say it.
    package let grant: String
    package let outcome: Outcome
    package let totals: Totals

    /// `sub_…`.
    package var subscription: String { BilledMeters.subscription(of: contract) }

    /// Which of it is asked for.
    package struct Question: Sendable {
        /// Hours since 1970: from the first, up to and without the second.
        package var hours: Range<Int64>
        package var byHour: Bool
        package var consumer: String?
        /// Slugs; nil for all.
        package var products: [String]?

        package init(hours: Range<Int64>, byHour: Bool, consumer: String? = nil, products: [String]? = nil) {
            self.hours = hours
            self.byHour = byHour
            self.consumer = consumer
            self.products = products
        }
    }
}

extension Catalogue {
    /// Rows of one answer.
    package static let maximumContractUsage = 500_000

    /// Sums of usage under contracts, in the order of time, contract, product, route, grant and outcome.
    ///
    /// - Throws: `tooMany`.
    package func usage(_ question: UsageSum.Question) throws(StoreError) -> [UsageSum] {
        if question.products?.isEmpty == true { return [] }
        var values: [SQLValue] = []
        func placeholder(_ value: SQLValue) -> String {
            values.append(value)
            return "$\(values.count)"
        }
        let hour = question.byHour ? "usage_hour.hour" : "0"
        let columns = ["contract", "consumer", "product", "route", "grant_id"].map { "dimension.\($0)" }.joined(
            separator: ", ")
        let sums = ["calls", "units", "bytes_in", "bytes_out"].map { "CAST(sum(usage_hour.\($0)) AS BIGINT)" }
        // Few rows belong to one consumer, and are found by its dimensions; SQLite takes the tables of a cross join in this order.
        let tables = question.consumer == nil ? "usage_hour CROSS JOIN dimension" : "dimension CROSS JOIN usage_hour"
        var text = "SELECT \(hour), \(columns), usage_hour.outcome, \(sums.joined(separator: ", ")) FROM \(tables)"
        text += " WHERE dimension.id = usage_hour.dimension_id AND dimension.contract <> ''"
        text += " AND usage_hour.hour >= \(placeholder(.integer(question.hours.lowerBound)))"
        text += " AND usage_hour.hour < \(placeholder(.integer(question.hours.upperBound)))"
        if let consumer = question.consumer { text += " AND dimension.consumer = \(placeholder(.text(consumer)))" }
        if let products = question.products {
            let list = products.map { placeholder(.text($0)) }.joined(separator: ", ")
            text += " AND dimension.product IN (\(list))"
        }
        text += " GROUP BY \(question.byHour ? "usage_hour.hour, " : "")\(columns), usage_hour.outcome"
        text += " ORDER BY 1, 2, 4, 5, 6, 7 LIMIT \(placeholder(.integer(Int64(Self.maximumContractUsage) + 1)))"
        let rows = try connection.run(text, values)
        guard rows.count <= Self.maximumContractUsage else {
            throw .refused(
                .invalid, "usage",
                "expected a time with at most \(Self.maximumContractUsage) sums of usage: ask for a shorter one")
        }
        var usage: [UsageSum] = []
        usage.reserveCapacity(rows.count)
        for row in rows {
            // Of a later version of the program.
            guard let outcome = Outcome(rawValue: UInt8(clamping: try row.integer(6))) else { continue }
            usage.append(
                UsageSum(
                    hour: try row.integer(0), contract: try row.text(1), consumer: try row.text(2),
                    product: try row.text(3), route: try row.text(4), grant: try row.text(5), outcome: outcome,
                    totals: Totals(
                        calls: UInt64(clamping: try row.integer(7)), bytesIn: UInt64(clamping: try row.integer(9)),
                        bytesOut: UInt64(clamping: try row.integer(10)), units: UInt64(clamping: try row.integer(8)))))
        }
        return usage
    }
}

import WeirCore

/// Which usage is asked for, and how finely.
package struct UsageQuery: Equatable, Sendable {
    /// How much time one row spans; days and months are those of UTC.
    package enum Granularity: String, CaseIterable, Sendable {
        case hour, day, month, total
    }

    /// What rows are told apart by, and filtered by.
    package enum Dimension: String, CaseIterable, Sendable {
        case contract, consumer, plan, key, product, route, outcome

        var column: String {
            switch self {
            case .key: "dimension.api_key"
            case .outcome: "usage_hour.outcome"
            default: "dimension.\(rawValue)"
            }
        }
    }

    /// Hours since 1970: from the first, up to and without the second.
    package var hours: Range<Int64>
    package var granularity: Granularity
    package var dimensions: [Dimension]
    /// Wanted values by dimension; any of them.
    package var filters: [Dimension: [String]]

    package init(
        hours: Range<Int64>, granularity: Granularity = .hour, dimensions: [Dimension] = Dimension.allCases,
        filters: [Dimension: [String]] = [:]
    ) {
        self.hours = hours
        self.granularity = granularity
        self.dimensions = dimensions
        self.filters = filters
    }

    /// The statement and its values. Months are folded from days afterwards.
    func statement(limit: Int) -> (String, [SQLValue]) {
        var values: [SQLValue] = []
        func placeholder(_ value: SQLValue) -> String {
            values.append(value)
            return "$\(values.count)"
        }
        let bucket =
            switch granularity {
            case .hour: "usage_hour.hour"
            case .day, .month: "usage_hour.hour / 24 * 24"
            case .total: placeholder(.integer(hours.lowerBound))
            }
        let columns = dimensions.map(\.column)
        var text = "SELECT \(([bucket] + columns).joined(separator: ", "))"
        text += ", sum(usage_hour.calls), sum(usage_hour.units), sum(usage_hour.bytes_in), sum(usage_hour.bytes_out)"
        // SQLite takes the tables of a cross join in this order; PostgreSQL sees for itself. Few rows belong to one consumer, and are
        // found by their dimensions; most may belong to one product, and are read as they lie.
        let tables =
            asksForFew ? "dimension CROSS JOIN usage_hour" : "usage_hour CROSS JOIN dimension"
        text += " FROM \(tables) WHERE dimension.id = usage_hour.dimension_id"
        text += " AND usage_hour.hour >= \(placeholder(.integer(hours.lowerBound)))"
        text += " AND usage_hour.hour < \(placeholder(.integer(hours.upperBound)))"
        for dimension in Dimension.allCases {
            guard let wanted = filters[dimension] else { continue }
            let list = wanted.map { placeholder(Self.value($0, of: dimension)) }.joined(separator: ", ")
            text += " AND \(dimension.column) IN (\(list))"
        }
        let groups = (granularity == .total ? [] : [bucket]) + columns
        if !groups.isEmpty { text += " GROUP BY \(groups.joined(separator: ", "))" }
        // The sum of nothing is no row.
        text += " HAVING count(*) > 0"
        text += " ORDER BY \(([bucket] + columns).indices.map { "\($0 + 1)" }.joined(separator: ", "))"
        text += " LIMIT \(placeholder(.integer(Int64(limit) + 1)))"
        return (text, values)
    }

    private var asksForFew: Bool { [.contract, .consumer, .key].contains { filters[$0] != nil } }

    private static func value(_ text: String, of dimension: Dimension) -> SQLValue {
        guard dimension == .outcome else { return .text(text) }
        return .integer(Int64(Outcome(name: text)?.rawValue ?? 0))
    }
}

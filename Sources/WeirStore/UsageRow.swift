import FoundationEssentials
package import WeirCore

/// One sum of usage.
package struct UsageRow: Equatable, Sendable {
    /// The first hour that the row spans, in hours since 1970.
    package var hour: Int64
    /// Values by dimension, as the query asked for them.
    package var values: [UsageQuery.Dimension: String]
    package var totals: Totals

    init(hour: Int64, values: [UsageQuery.Dimension: String], totals: Totals) {
        self.hour = hour
        self.values = values
        self.totals = totals
    }

    init(_ row: SQLRow, _ query: UsageQuery) throws(StoreError) {
        var values: [UsageQuery.Dimension: String] = [:]
        for (index, dimension) in query.dimensions.enumerated() {
            if dimension == .outcome {
                let number = try row.integer(index + 1)
                values[dimension] = Outcome(rawValue: UInt8(clamping: number))?.name ?? "unknown-\(number)"
            } else {
                values[dimension] = try row.text(index + 1)
            }
        }
        let first = query.dimensions.count + 1
        self.init(
            hour: try row.integer(0), values: values,
            totals: Totals(
                calls: UInt64(try row.integer(first)), bytesIn: UInt64(try row.integer(first + 2)),
                bytesOut: UInt64(try row.integer(first + 3)), units: UInt64(try row.integer(first + 1))))
    }

    /// Rows of days as rows of months; others as they are.
    static func folded(_ rows: [UsageRow], _ granularity: UsageQuery.Granularity) -> [UsageRow] {
        guard granularity == .month else { return rows }
        let calendar = Calendar.utc
        var folded: [UsageRow] = []
        var places: [Key: Int] = [:]
        for row in rows {
            let month = calendar.firstHourOfMonth(row.hour)
            let key = Key(hour: month, values: row.values)
            if let place = places[key] {
                folded[place].totals = folded[place].totals + row.totals
            } else {
                places[key] = folded.count
                folded.append(UsageRow(hour: month, values: row.values, totals: row.totals))
            }
        }
        return folded
    }

    private struct Key: Hashable {
        var hour: Int64
        var values: [UsageQuery.Dimension: String]
    }
}

extension Calendar {
    /// The Gregorian calendar in UTC.
    static var utc: Calendar {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }

    /// The first hour of the month that an hour is in; both in hours since 1970.
    func firstHourOfMonth(_ hour: Int64) -> Int64 {
        let date = Date(timeIntervalSince1970: TimeInterval(hour * 3_600))
        guard let month = dateInterval(of: .month, for: date) else { return hour }
        return Int64(month.start.timeIntervalSince1970) / 3_600
    }
}

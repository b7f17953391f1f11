package import WeirCore

/// Takes cells in, inside of a transaction, many rows to a statement: each total becomes the larger of what was known and what is
/// reported, and the sums of its hour move by the difference.
package struct UsageMerge {
    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    /// A cell's place among those of one incarnation, as the database numbers it.
    private struct Place: Hashable, Comparable {
        let dimension: Int64
        let hour: Int64
        let outcome: Int64

        static func < (left: Place, right: Place) -> Bool {
            (left.dimension, left.hour, left.outcome) < (right.dimension, right.hour, right.outcome)
        }

        func append(to values: inout [SQLValue]) {
            values.append(.integer(dimension))
            values.append(.integer(hour))
            values.append(.integer(outcome))
        }
    }

    private struct Row {
        let place: Place
        var totals: Totals
    }

    /// Merges cells; their totals are below `UsageStore.maximumTotal`.
    ///
    /// - Parameters:
    ///   - token: the incarnation in hexadecimal.
    ///   - seconds: now, in seconds since 1970.
    /// - Returns: how many cells have grown.
    package func merge(
        _ cells: [Cell], ofIncarnation token: String, at seconds: Int64
    ) throws(StoreError) -> Int {
        let incarnation = try number(ofIncarnation: token, at: seconds)
        let numbers = try DimensionNumbers(connection).numbers(of: cells.map(\.dimensions))
        let rows = rows(of: cells, numbers)
        let known = try totals(of: rows, incarnation)
        var grown: [Row] = []
        var growth: [Row] = []
        for (row, before) in zip(rows, known) {
            let after = (before ?? Totals()).merged(row.totals)
            if after == before { continue }
            grown.append(Row(place: row.place, totals: after))
            growth.append(Row(place: row.place, totals: after.growth(since: before ?? Totals())))
        }
        try write(grown, incarnation)
        try add(growth)
        try follow(growth, names(of: cells, numbers), token, at: seconds)
        return grown.count
    }

    /// Dimensions of the batch that contracts, consumers, keys or grants have a part in, by their numbers.
    private func names(of cells: [Cell], _ numbers: [Int64]) -> [Int64: Dimensions] {
        var names: [Int64: Dimensions] = [:]
        for (cell, number) in zip(cells, numbers) {
            let dimensions = cell.dimensions
            let isPlain =
                dimensions.contract.isEmpty && dimensions.consumer.isEmpty && dimensions.key.isEmpty
                && dimensions.grant.isEmpty
            if !isPlain { names[number] = dimensions }
        }
        return names
    }

    /// What follows from cells that have grown: units that were drawn from grants, and what is known of consumers and keys.
    private func follow(
        _ growth: [Row], _ names: [Int64: Dimensions], _ token: String, at seconds: Int64
    ) throws(StoreError) {
        var trail = UsageTrail()
        var spending = GrantSpending()
        for row in growth {
            guard let names = names[row.place.dimension], let outcome = Outcome(rawValue: UInt8(row.place.outcome))
            else { continue }
            trail.note(names, number: row.place.dimension, hour: row.place.hour, outcome)
            spending.add(row.totals.units, of: names.grant, contract: names.contract, outcome)
        }
        try CreditWindows.spend(spending, of: token, at: seconds, connection)
        try trail.write(connection, at: seconds)
    }

    private func number(ofIncarnation token: String, at seconds: Int64) throws(StoreError) -> Int64 {
        let rows = try connection.run(
            """
            INSERT INTO incarnation (token, first_seen, last_seen) VALUES ($1, $2, $3)
            ON CONFLICT (token) DO UPDATE SET last_seen = excluded.last_seen
            RETURNING id
            """, [.text(token), .integer(seconds), .integer(seconds)])
        return try rows[0].integer(0)
    }

    /// The cells as rows, each place once, in the order in which the tables have them: those who write at once meet in the same
    /// order then.
    private func rows(of cells: [Cell], _ numbers: [Int64]) -> [Row] {
        var rows: [Row] = []
        rows.reserveCapacity(cells.count)
        for (cell, dimension) in zip(cells, numbers) {
            let place = Place(
                dimension: dimension, hour: Int64(cell.hour), outcome: Int64(cell.outcome.rawValue))
            rows.append(Row(place: place, totals: cell.totals))
        }
        rows.sort { $0.place < $1.place }
        var distinct: [Row] = []
        distinct.reserveCapacity(rows.count)
        for row in rows {
            if let last = distinct.last, last.place == row.place {
                distinct[distinct.count - 1].totals = last.totals.merged(row.totals)
            } else {
                distinct.append(row)
            }
        }
        return distinct
    }

    /// What is known of each row; nil where nothing is.
    private func totals(of rows: [Row], _ incarnation: Int64) throws(StoreError) -> [Totals?] {
        // A cross join: SQLite then takes the rows one by one, and finds each by the key.
        var statement = RowStatement(
            "WITH given (place, dimension_id, hour, outcome) AS (VALUES", columns: 4,
            """
            ) SELECT given.place, cell.calls, cell.units, cell.bytes_in, cell.bytes_out FROM given CROSS JOIN cell
            WHERE cell.incarnation_id = $next AND cell.dimension_id = given.dimension_id AND cell.hour = given.hour
            AND cell.outcome = given.outcome
            """)
        var known = [Totals?](repeating: nil, count: rows.count)
        for run in RowStatement.runs(of: rows) {
            var values: [SQLValue] = []
            values.reserveCapacity(run.count * 4 + 1)
            for index in run.indices {
                values.append(.integer(Int64(index)))
                run[index].place.append(to: &values)
            }
            values.append(.integer(incarnation))
            for row in try connection.run(statement.text(rows: run.count), values) {
                known[Int(try row.integer(0))] = Totals(
                    calls: UInt64(try row.integer(1)), bytesIn: UInt64(try row.integer(3)),
                    bytesOut: UInt64(try row.integer(4)), units: UInt64(try row.integer(2)))
            }
        }
        return known
    }

    private func write(_ rows: [Row], _ incarnation: Int64) throws(StoreError) {
        var statement = RowStatement(
            """
            INSERT INTO cell (incarnation_id, dimension_id, hour, outcome, calls, units, bytes_in, bytes_out) VALUES
            """, columns: 8,
            """
            ON CONFLICT (incarnation_id, dimension_id, hour, outcome) DO UPDATE SET
                calls = excluded.calls, units = excluded.units, bytes_in = excluded.bytes_in, bytes_out = excluded.bytes_out
            """)
        for run in RowStatement.runs(of: rows) {
            var values: [SQLValue] = []
            values.reserveCapacity(run.count * 8)
            for row in run {
                values.append(.integer(incarnation))
                row.place.append(to: &values)
                row.totals.append(to: &values)
            }
            _ = try connection.run(statement.text(rows: run.count), values)
        }
    }

    private func add(_ rows: [Row]) throws(StoreError) {
        var statement = RowStatement(
            "INSERT INTO usage_hour (dimension_id, hour, outcome, calls, units, bytes_in, bytes_out) VALUES",
            columns: 7,
            """
            ON CONFLICT (hour, dimension_id, outcome) DO UPDATE SET
                calls = usage_hour.calls + excluded.calls, units = usage_hour.units + excluded.units,
                bytes_in = usage_hour.bytes_in + excluded.bytes_in, bytes_out = usage_hour.bytes_out + excluded.bytes_out
            """)
        for run in RowStatement.runs(of: rows) {
            var values: [SQLValue] = []
            values.reserveCapacity(run.count * 7)
            for row in run {
                row.place.append(to: &values)
                row.totals.append(to: &values)
            }
            _ = try connection.run(statement.text(rows: run.count), values)
        }
    }
}

extension Totals {
    /// In the order of the tables' columns.
    fileprivate func append(to values: inout [SQLValue]) {
        values.append(.integer(Int64(calls)))
        values.append(.integer(Int64(units)))
        values.append(.integer(Int64(bytesIn)))
        values.append(.integer(Int64(bytesOut)))
    }

    /// How much larger these are than earlier ones.
    fileprivate func growth(since earlier: Totals) -> Totals {
        Totals(
            calls: calls - earlier.calls, bytesIn: bytesIn - earlier.bytesIn, bytesOut: bytesOut - earlier.bytesOut,
            units: units - earlier.units)
    }
}

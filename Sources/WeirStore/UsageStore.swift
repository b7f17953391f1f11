package import WeirCore

/// Usage at rest: what agents report, merged by max, and its sums.
package struct UsageStore: Sendable {
    /// Totals that a cell may reach: sums of a hundred incarnations stay within the database's integers.
    package static let maximumTotal: UInt64 = 1 << 56

    private let database: any SQLDatabase

    package init(_ database: any SQLDatabase) { self.database = database }

    /// What became of a batch.
    package struct Receipt: Equatable, Sendable {
        package let cells: Int
        /// Cells that grew by it; none when the batch was here before.
        package let changed: Int
        /// The number of the agent's last delivery before this one; 0 for none, nil where the batch is no delivery.
        package let known: Int64?
    }

    /// Which delivery of which agent a batch is.
    package struct Delivery: Equatable, Sendable {
        /// The agent's name: 32 hexadecimal digits.
        package let agent: String
        /// Only grows; below 2⁶².
        package let number: Int64

        package init(agent: String, number: Int64) {
            self.agent = agent
            self.number = number
        }
    }

    // MARK: Taking in

    /// Merges a batch, all of it or nothing: each total becomes the larger of what was known and what is reported, and
    /// sums move by the difference. So any batch may come again, late, or out of order.
    ///
    /// - Parameter seconds: now, in seconds since 1970.
    package func merge(
        _ cells: [Cell], of incarnation: Hash128, delivery: Delivery? = nil, at seconds: Int64
    ) async throws(StoreError) -> Receipt {
        try await database.write { connection throws(StoreError) in
            try Self.merge(cells, of: incarnation, delivery: delivery, at: seconds, connection)
        }
    }

    /// Merges a batch inside a transaction of the caller's.
    static func merge(
        _ cells: [Cell], of incarnation: Hash128, delivery: Delivery?, at seconds: Int64,
        _ connection: any SQLConnection
    ) throws(StoreError) -> Receipt {
        let token = incarnation.hex
        let incarnation = try Self.incarnation(token, at: seconds, connection)
        var known: [Dimensions: Int64] = [:]
        var changed = 0
        var spending = GrantSpending()
        for cell in cells {
            let dimension: Int64
            if let number = known[cell.dimensions] {
                dimension = number
            } else {
                dimension = try Self.dimension(cell.dimensions, connection)
                known[cell.dimensions] = dimension
            }
            if let growth = try Self.merge(cell, incarnation, dimension, connection) {
                changed += 1
                spending.add(growth.units, of: cell.dimensions.grant, cell.outcome)
            }
        }
        try CreditWindows.spend(spending, of: token, at: seconds, connection)
        let previous = try delivery.map { delivery throws(StoreError) in try Self.note(delivery, connection) }
        return Receipt(cells: cells.count, changed: changed, known: previous)
    }

    /// Notes a delivery, and returns the number of the one before.
    private static func note(
        _ delivery: Delivery, _ connection: any SQLConnection
    ) throws(StoreError) -> Int64 {
        let known = try connection.run("SELECT number FROM delivery WHERE agent = $1", [.text(delivery.agent)])
        let before = try known.first.map { row throws(StoreError) in try row.integer(0) } ?? 0
        _ = try connection.run(
            """
            INSERT INTO delivery (agent, number) VALUES ($1, $2)
            ON CONFLICT (agent) DO UPDATE SET number = excluded.number WHERE excluded.number > delivery.number
            """, [.text(delivery.agent), .integer(delivery.number)])
        return before
    }

    private static func incarnation(
        _ token: String, at seconds: Int64, _ connection: any SQLConnection
    ) throws(StoreError) -> Int64 {
        let rows = try connection.run(
            """
            INSERT INTO incarnation (token, first_seen, last_seen) VALUES ($1, $2, $3)
            ON CONFLICT (token) DO UPDATE SET last_seen = excluded.last_seen
            RETURNING id
            """, [.text(token), .integer(seconds), .integer(seconds)])
        return try rows[0].integer(0)
    }

    private static func dimension(
        _ dimensions: Dimensions, _ connection: any SQLConnection
    ) throws(StoreError) -> Int64 {
        let values: [SQLValue] = [
            .text(dimensions.contract), .text(dimensions.consumer), .text(dimensions.plan), .text(dimensions.key),
            .text(dimensions.product), .text(dimensions.route), .text(dimensions.grant),
        ]
        let found = try connection.run(
            """
            SELECT id FROM dimension WHERE contract = $1 AND consumer = $2 AND plan = $3 AND api_key = $4 AND product = $5
            AND route = $6 AND grant_id = $7
            """, values)
        if let row = found.first { return try row.integer(0) }
        let made = try connection.run(
            """
            INSERT INTO dimension (contract, consumer, plan, api_key, product, route, grant_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id
            """, values)
        return try made[0].integer(0)
    }

    /// Merges one cell; by how much it grew, nil when it did not.
    private static func merge(
        _ cell: Cell, _ incarnation: Int64, _ dimension: Int64, _ connection: any SQLConnection
    ) throws(StoreError) -> Totals? {
        let place: [SQLValue] = [
            .integer(incarnation), .integer(dimension), .integer(Int64(cell.hour)),
            .integer(Int64(cell.outcome.rawValue)),
        ]
        let before = try connection.run(
            """
            SELECT calls, units, bytes_in, bytes_out FROM cell
            WHERE incarnation_id = $1 AND dimension_id = $2 AND hour = $3 AND outcome = $4
            """, place
        ).first.map { row throws(StoreError) in try totals(row, from: 0) }
        let after = (before ?? Totals()).merged(cell.totals)
        if after == before { return nil }
        let growth = after.growth(since: before ?? Totals())
        _ = try connection.run(
            """
            INSERT INTO cell (incarnation_id, dimension_id, hour, outcome, calls, units, bytes_in, bytes_out)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (incarnation_id, dimension_id, hour, outcome) DO UPDATE SET
                calls = excluded.calls, units = excluded.units, bytes_in = excluded.bytes_in, bytes_out = excluded.bytes_out
            """, place + values(after))
        _ = try connection.run(
            """
            INSERT INTO usage_hour (hour, dimension_id, outcome, calls, units, bytes_in, bytes_out)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (hour, dimension_id, outcome) DO UPDATE SET
                calls = usage_hour.calls + excluded.calls, units = usage_hour.units + excluded.units,
                bytes_in = usage_hour.bytes_in + excluded.bytes_in, bytes_out = usage_hour.bytes_out + excluded.bytes_out
            """,
            [.integer(Int64(cell.hour)), .integer(dimension), .integer(Int64(cell.outcome.rawValue))]
                + values(growth))
        return growth
    }

    private static func values(_ totals: Totals) -> [SQLValue] {
        [totals.calls, totals.units, totals.bytesIn, totals.bytesOut].map { .integer(Int64($0)) }
    }

    private static func totals(_ row: SQLRow, from column: Int) throws(StoreError) -> Totals {
        Totals(
            calls: UInt64(try row.integer(column)), bytesIn: UInt64(try row.integer(column + 2)),
            bytesOut: UInt64(try row.integer(column + 3)), units: UInt64(try row.integer(column + 1)))
    }

    // MARK: Reading

    /// The sums that a query asks for, by time and then by its dimensions.
    ///
    /// - Throws: `tooMany` when there are more than `limit`.
    package func usage(_ query: UsageQuery, limit: Int) async throws(StoreError) -> [UsageRow] {
        let (statement, values) = query.statement(limit: limit)
        let rows = try await database.read { connection throws(StoreError) in
            var rows: [UsageRow] = []
            for row in try connection.run(statement, values) {
                rows.append(try UsageRow(row, query))
            }
            return rows
        }
        guard rows.count <= limit else {
            throw StoreError(
                .tooMany, "more than \(limit) rows: ask for a shorter time, a coarser granularity or fewer dimensions")
        }
        return UsageRow.folded(rows, query.granularity)
    }

    /// Cells whose sums are not what the table of sums says: always none.
    package func audit() async throws(StoreError) -> Int {
        try await database.read { connection throws(StoreError) in
            let rows = try connection.run(
                """
                SELECT count(*) FROM (
                    SELECT hour, dimension_id, outcome, sum(calls) AS calls, sum(units) AS units,
                        sum(bytes_in) AS bytes_in, sum(bytes_out) AS bytes_out
                    FROM cell GROUP BY hour, dimension_id, outcome
                ) AS summed
                FULL OUTER JOIN usage_hour ON usage_hour.hour = summed.hour
                    AND usage_hour.dimension_id = summed.dimension_id AND usage_hour.outcome = summed.outcome
                WHERE summed.calls IS DISTINCT FROM usage_hour.calls OR summed.units IS DISTINCT FROM usage_hour.units
                    OR summed.bytes_in IS DISTINCT FROM usage_hour.bytes_in
                    OR summed.bytes_out IS DISTINCT FROM usage_hour.bytes_out
                """)
            return Int(try rows[0].integer(0))
        }
    }
}

extension Totals {
    /// How much larger these are than earlier ones.
    fileprivate func growth(since earlier: Totals) -> Totals {
        Totals(
            calls: calls - earlier.calls, bytesIn: bytesIn - earlier.bytesIn, bytesOut: bytesOut - earlier.bytesOut,
            units: units - earlier.units)
    }
}

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

        package init(cells: Int, changed: Int, known: Int64?) {
            self.cells = cells
            self.changed = changed
            self.known = known
        }
    }

    /// Which delivery of which agent a batch is.
    package struct Delivery: Equatable, Sendable {
        /// The agent's name: 32 hexadecimal digits.
        package let agent: String
        /// Only grows; below 2⁶².
        package let number: Int64
        /// What the agent promises of the incarnation; nil for nothing.
        package let promise: UsagePromise?

        package init(agent: String, number: Int64, promise: UsagePromise? = nil) {
            self.agent = agent
            self.number = number
            self.promise = promise
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
        let changed = try UsageMerge(connection).merge(cells, ofIncarnation: incarnation.hex, at: seconds)
        let previous = try delivery.map { delivery throws(StoreError) in try Self.note(delivery, connection) }
        if let delivery, let previous {
            // One that knows less than the agent has delivered was restored from a backup: what it lost comes again, and only then
            // does the promise hold.
            let promise = previous >= delivery.number - 1 ? delivery.promise : nil
            try UsagePromise.note(promise, of: incarnation.hex, by: delivery.agent, at: seconds, connection)
        }
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

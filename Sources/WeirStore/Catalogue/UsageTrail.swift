import WeirCore

/// What a batch of usage leaves behind, beside its totals and in the same transaction: hours of contracts that have changed, how far
/// its consumers have come, when its keys were last used. Nothing where there are no plans.
struct UsageTrail {
    private struct Place: Hashable, Comparable {
        var hour: Int64
        var dimension: Int64

        static func < (left: Place, right: Place) -> Bool {
            (left.hour, left.dimension) < (right.hour, right.dimension)
        }
    }

    /// Dimensions of the batch that are of consumers, keys or contracts, by their numbers.
    private var named: [Int64: Dimensions] = [:]
    private var places: Set<Place> = []
    private var firstOK: [String: Int64] = [:]
    private var lastCall: [String: Int64] = [:]
    private var lastUse: [String: Int64] = [:]

    /// - Parameter numbers: those of the cells' dimensions.
    init(_ cells: [Cell], _ numbers: [Int64]) {
        for (cell, number) in zip(cells, numbers) {
            let dimensions = cell.dimensions
            if dimensions.contract.isEmpty, dimensions.consumer.isEmpty, dimensions.key.isEmpty { continue }
            named[number] = dimensions
        }
    }

    /// Notes a cell that has grown, by the numbers of its dimensions and outcome.
    mutating func note(_ dimension: Int64, hour: Int64, outcome: Int64) {
        guard let names = named[dimension] else { return }
        if !names.contract.isEmpty { places.insert(Place(hour: hour, dimension: dimension)) }
        if Identifier.isWellFormed(names.consumer, .consumer) {
            lastCall[names.consumer] = max(lastCall[names.consumer] ?? .min, hour)
            if outcome == Int64(Outcome.status(200).rawValue) {
                firstOK[names.consumer] = min(firstOK[names.consumer] ?? .max, hour)
            }
        }
        if Identifier.isWellFormed(names.key, .key) { lastUse[names.key] = max(lastUse[names.key] ?? .min, hour) }
    }

    /// Writes it down, always in the same order, so that two collectors never wait for each other.
    ///
    /// - Parameter seconds: now.
    func write(_ connection: any SQLConnection, at seconds: Int64) throws(StoreError) {
        try writePlaces(connection, at: seconds)
        for (consumer, hour) in firstOK.sorted(by: { $0.key < $1.key }) {
            _ = try connection.run(
                """
                UPDATE funnel SET first_ok_at = $1
                WHERE consumer_id = $2 AND (first_ok_at IS NULL OR first_ok_at > $3)
                """, [.integer(hour * 3_600), .text(consumer), .integer(hour * 3_600)])
        }
        for (consumer, hour) in lastCall.sorted(by: { $0.key < $1.key }) {
            let end = Self.end(of: hour, seconds)
            _ = try connection.run(
                """
                UPDATE funnel SET last_call_at = $1
                WHERE consumer_id = $2 AND (last_call_at IS NULL OR last_call_at < $3)
                """, [.integer(end), .text(consumer), .integer(end)])
        }
        for (key, hour) in lastUse.sorted(by: { $0.key < $1.key }) {
            let end = Self.end(of: hour, seconds)
            _ = try connection.run(
                "UPDATE api_key SET last_used_at = $1 WHERE id = $2 AND (last_used_at IS NULL OR last_used_at < $3)",
                [.integer(end), .text(key), .integer(end)])
        }
    }

    private func writePlaces(_ connection: any SQLConnection, at seconds: Int64) throws(StoreError) {
        var statement = RowStatement(
            "INSERT INTO outbox (hour, dimension_id, revision, changed_at) VALUES", columns: 4,
            """
            ON CONFLICT (hour, dimension_id) DO UPDATE SET revision = outbox.revision + 1, changed_at = excluded.changed_at
            """)
        for run in RowStatement.runs(of: places.sorted()) {
            let values: [SQLValue] = run.flatMap { place in
                [.integer(place.hour), .integer(place.dimension), .integer(1), .integer(seconds)]
            }
            _ = try connection.run(statement.text(rows: run.count), values)
        }
    }

    /// The last instant that a call of an hour can have been at: nothing is told before it happens.
    private static func end(of hour: Int64, _ now: Int64) -> Int64 { max(hour * 3_600, min((hour + 1) * 3_600, now)) }
}

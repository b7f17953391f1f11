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

    private var places: Set<Place> = []
    private var firstOK: [String: Int64] = [:]
    private var lastCall: [String: Int64] = [:]
    private var lastUse: [String: Int64] = [:]

    /// Notes a cell that has grown.
    mutating func note(_ cell: Cell, dimension: Int64) {
        let hour = Int64(cell.hour)
        if !cell.dimensions.contract.isEmpty { places.insert(Place(hour: hour, dimension: dimension)) }
        let consumer = cell.dimensions.consumer
        if Identifier.isWellFormed(consumer, .consumer) {
            lastCall[consumer] = max(lastCall[consumer] ?? .min, hour)
            if cell.outcome == .status(200) { firstOK[consumer] = min(firstOK[consumer] ?? .max, hour) }
        }
        if Identifier.isWellFormed(cell.dimensions.key, .key) {
            lastUse[cell.dimensions.key] = max(lastUse[cell.dimensions.key] ?? .min, hour)
        }
    }

    /// Writes it down, always in the same order, so that two collectors never wait for each other.
    ///
    /// - Parameter seconds: now.
    func write(_ connection: any SQLConnection, at seconds: Int64) throws(StoreError) {
        for place in places.sorted() {
            _ = try connection.run(
                """
                INSERT INTO outbox (hour, dimension_id, revision, changed_at) VALUES ($1, $2, 1, $3)
                ON CONFLICT (hour, dimension_id) DO UPDATE SET revision = outbox.revision + 1, changed_at = excluded.changed_at
                """, [.integer(place.hour), .integer(place.dimension), .integer(seconds)])
        }
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

    /// The last instant that a call of an hour can have been at: nothing is told before it happens.
    private static func end(of hour: Int64, _ now: Int64) -> Int64 { max(hour * 3_600, min((hour + 1) * 3_600, now)) }
}

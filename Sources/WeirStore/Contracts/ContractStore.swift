package import WeirBilling

/// Contracts that are due, over a whole database. Any number of collectors may do it at once: each subscription is held by the statement that
/// finds it due.
package struct ContractStore: Sendable {
    private let database: any SQLDatabase
    private let identifier: Identifier
    private let clock: any PeriodClock

    package init(_ database: any SQLDatabase, identifier: Identifier, clock: any PeriodClock) {
        self.database = database
        self.identifier = identifier
        self.clock = clock
    }

    /// Prepares, begins and ends what has to be by now, a part of it at a time.
    ///
    /// One that cannot be is put off, so that it holds up no other.
    ///
    /// - Returns: how many were due, fewer than `limit` when it is done; and what went wrong.
    package func advance(limit: Int, now: Int64) async throws(StoreError) -> (count: Int, failures: [String]) {
        let ids = try await database.read { connection throws(StoreError) in
            try connection.run(
                "SELECT id FROM subscription_state WHERE look_at <= $1 ORDER BY look_at, id LIMIT $2",
                [.integer(now), .integer(Int64(limit))]
            ).map { row throws(StoreError) in try row.text(0) }
        }
        if ids.isEmpty { return (0, []) }
        do throws(StoreError) {
            // In one order everywhere, so that two collectors never wait for each other in a circle.
            try await advance(ids.sorted(), now: now)
            return (ids.count, [])
        } catch {
            var failures: [String] = []
            for id in ids {
                do throws(StoreError) {
                    try await advance([id], now: now)
                } catch {
                    failures.append("subscription \(id): \(error)")
                    try await putOff(id, now: now)
                }
            }
            return (ids.count, failures)
        }
    }

    private func advance(_ ids: [String], now: Int64) async throws(StoreError) {
        let (identifier, clock) = (identifier, clock)
        try await database.write { connection throws(StoreError) in
            let contracts = Contracts(Catalogue(connection, now: now, identifier: identifier), clock: clock)
            for id in ids {
                guard var held = try contracts.hold(id, dueOnly: true) else { continue }
                try contracts.finish(&held)
            }
        }
    }

    /// Seconds after which one that could not be advanced is tried again.
    private static let patience: Int64 = 60

    private func putOff(_ id: String, now: Int64) async throws(StoreError) {
        try await database.write { connection throws(StoreError) in
            _ = try connection.run(
                "UPDATE subscription_state SET look_at = $1 WHERE id = $2 AND look_at <= $3",
                [.integer(now + Self.patience), .text(id), .integer(now)])
        }
    }

    /// When the next one is due; nil for never.
    package func nextLook() async throws(StoreError) -> Int64? {
        try await database.read { connection throws(StoreError) in
            let rows = try connection.run(
                "SELECT look_at FROM subscription_state WHERE look_at IS NOT NULL ORDER BY look_at LIMIT 1")
            return try rows.first.map { row throws(StoreError) in try row.integer(0) }
        }
    }
}

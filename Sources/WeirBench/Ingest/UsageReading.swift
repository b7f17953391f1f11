import WeirCore
import WeirStore

/// One consumer's usage of 90 days, by hour, out of a year of many consumers'.
struct UsageReading: Sendable {
    private static let hoursOfYear = 365 * 24
    private static let firstHour = 482_880
    /// Rows of one hour and one combination of dimensions.
    private static let outcomes = 2
    /// Combinations of dimensions of one consumer.
    private static let routes = 4
    private static let questions = 15

    private let combinations: Int
    private let progress: @Sendable (String) -> Void

    /// - rows: about as many rows of usage by hour.
    init(_ rows: Int, _ progress: @escaping @Sendable (String) -> Void) {
        let perHour = Double(rows) / Double(Self.hoursOfYear * Self.outcomes)
        combinations = max(Self.routes, Int((perHour / Double(Self.routes)).rounded()) * Self.routes)
        self.progress = progress
    }

    private var rows: Int { combinations * Self.hoursOfYear * Self.outcomes }

    func run(_ path: String, _ report: inout IngestReport) async throws(BenchFailure) {
        progress("usage: makes \(rows) rows")
        let database = try await IngestRun.asking { () throws(StoreError) in
            let database = try SQLiteDatabase(path: path)
            try await Schema.migrate(database)
            return database
        }
        try fill(path)
        try Interruption.check()
        let store = UsageStore(database)
        let end = Int64(Self.firstHour + Self.hoursOfYear)
        let consumers = combinations / Self.routes
        report.usageRows = rows
        report.rowsOfConsumer = 90 * 24 * Self.routes * Self.outcomes
        for number in 0..<Self.questions {
            try Interruption.check()
            progress("usage: question \(number + 1) of \(Self.questions)")
            // Another consumer each time: nothing of it was read before.
            let query = UsageQuery(
                hours: end - 90 * 24..<end, granularity: .hour, dimensions: [.outcome],
                filters: [.consumer: ["c\(number * 7_919 % consumers)"]])
            let start = ContinuousClock.now
            let rows = try await IngestRun.asking { () throws(StoreError) in
                try await store.usage(query, limit: 100_000)
            }
            report.queryMilliseconds.add((.now - start) / .milliseconds(1))
            report.answerRows = rows.count
            guard rows.count == 90 * 24 * Self.outcomes else {
                throw BenchFailure("the answer has \(rows.count) rows")
            }
        }
    }

    /// Writes the rows in the order of the table, and makes its index anew: as fast as it goes, in one transaction.
    private func fill(_ path: String) throws(BenchFailure) {
        let raw = try RawSQLite(path: path)
        try raw.run("PRAGMA synchronous = OFF")
        let indexes = try raw.texts(
            "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'usage_hour' AND sql IS NOT NULL")
        let names = try raw.texts(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'usage_hour' AND sql IS NOT NULL")
        try raw.run("BEGIN IMMEDIATE")
        for name in names { try raw.run("DROP INDEX \(name)") }
        try raw.run(
            """
            INSERT INTO dimension (id, contract, consumer, plan, api_key, product, route, grant_id)
            WITH RECURSIVE place (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM place WHERE n + 1 < \(combinations))
            SELECT n + 1, 'sub_' || (n / \(Self.routes)) || '/7', 'c' || (n / \(Self.routes)), 'starter',
                'key_' || (n / \(Self.routes)), 'weather', 'route-' || (n % \(Self.routes)), '' FROM place
            """)
        let statement = try raw.prepared(
            """
            INSERT INTO usage_hour (hour, dimension_id, outcome, calls, units, bytes_in, bytes_out)
            WITH RECURSIVE place (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM place WHERE n + 1 < \(combinations))
            SELECT $1, n + 1, outcome, 100 + n % 900, 100 + n % 900, 30000 + n, 900000 + n
            FROM place CROSS JOIN (SELECT 1 AS outcome UNION ALL SELECT 12)
            """)
        for hour in 0..<Self.hoursOfYear {
            if hour % 240 == 0 {
                try Interruption.check()
                progress("usage: \(hour * 100 / Self.hoursOfYear) % of \(rows) rows")
            }
            try statement.run(CollectionOfOne(Int64(Self.firstHour + hour)))
        }
        progress("usage: makes the index")
        for index in indexes { try raw.run(index) }
        try raw.run("COMMIT")
        try raw.run("PRAGMA wal_checkpoint(TRUNCATE)")
    }
}

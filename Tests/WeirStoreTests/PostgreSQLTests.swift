import Foundation
import Synchronization
import Testing
import WeirCore
import WeirStore
import WeirTestSupport

/// What only PostgreSQL has: a pool, a server that may go away, users and TLS, partitions.
@Suite struct PostgreSQLTests {
    private final class Flag: Sendable {
        private let value: Atomic<Bool>

        init(_ isUp: Bool) { value = Atomic(isUp) }

        var isUp: Bool { value.load(ordering: .relaxed) }
        func set(_ isUp: Bool) { value.store(isUp, ordering: .relaxed) }
    }

    private func cell(_ consumer: String, _ calls: UInt64, hour: UInt32 = 491_639) -> Cell {
        var dimensions = Dimensions()
        dimensions.consumer = consumer
        return Cell(
            key: Hash128(deriving: consumer), dimensions: dimensions, hour: hour, outcome: .admitted,
            totals: Totals(calls: calls, units: calls))
    }

    private func code(_ work: () async throws -> Void) async -> StoreError? {
        do {
            try await work()
            return nil
        } catch {
            return error as? StoreError
        }
    }

    // MARK: The pool

    @Test func whoFindsNoConnectionInTimeIsToldSo() async throws {
        let url = try await aside { try PostgresUnderTest.database() }
        let database = try DatabaseUnderTest.open(url) {
            $0.connections = 1
            $0.poolTimeout = .milliseconds(50)
        }
        let (isHeld, isReleased) = (Flag(false), Flag(false))
        let holder = Task {
            try await database.read { connection throws(StoreError) in
                isHeld.set(true)
                _ = eventually(within: 60) { isReleased.isUp }
                return try connection.run("SELECT 1").count
            }
        }
        #expect(await holdsEventually(within: 60) { isHeld.isUp })
        let error = await code { try await database.ping() }
        #expect(error?.code == .busy)
        #expect(error?.description.contains("all 1 connections to PostgreSQL are in use (WEIR_DATABASE_POOL)") == true)
        isReleased.set(true)
        #expect(try await holder.value == 1)
        try await database.ping()
    }

    @Test func moreWorkThanConnectionsIsDoneInTurn() async throws {
        let url = try await aside { try PostgresUnderTest.database() }
        let database = try DatabaseUnderTest.open(url) { $0.connections = 3 }
        let most = try await withThrowingTaskGroup(of: Int64.self) { group in
            for _ in 0..<60 {
                group.addTask {
                    try await database.read { connection throws(StoreError) in
                        try connection.run(
                            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND $1 > 0",
                            [.integer(1)])[0].integer(0)
                    }
                }
            }
            return try await group.max() ?? 0
        }
        #expect((1...3).contains(most))
    }

    @Test func statementsAreKeptPreparedUpToABound() async throws {
        let url = try await aside { try PostgresUnderTest.database() }
        let database = try DatabaseUnderTest.open(url) { $0.connections = 1 }
        func prepared() async throws -> Int64 {
            try await database.read { connection throws(StoreError) in
                try connection.run("SELECT count(*) FROM pg_prepared_statements")[0].integer(0)
            }
        }
        for number in 0..<300 {
            // Each twice, in one transaction and in another.
            for _ in 0..<2 {
                let answer = try await database.read { connection throws(StoreError) in
                    _ = try connection.run("SELECT $1 + \(number)", [.integer(1)])
                    return try connection.run("SELECT $1 + \(number)", [.integer(1)])[0].integer(0)
                }
                #expect(answer == Int64(number) + 1)
            }
        }
        let kept = try await prepared()
        #expect((200...256).contains(kept))
        // The same text with values of other kinds is another statement.
        let kinds = try await database.read { connection throws(StoreError) in
            let null = try connection.run("SELECT coalesce($1, 'none')", [.null])[0].text(0)
            return null + (try connection.run("SELECT coalesce($1, 'none')", [.text("some")])[0].text(0))
        }
        #expect(kinds == "nonesome")
    }

    @Test func aStatementThatTakesTooLongIsEnded() async throws {
        let url = try await aside { try PostgresUnderTest.database() }
        let database = try DatabaseUnderTest.open(url) { $0.statementTimeout = .milliseconds(100) }
        let error = await code {
            _ = try await database.read { connection throws(StoreError) in
                try connection.run("SELECT 1 FROM pg_sleep($1)", [.integer(30)]).count
            }
        }
        #expect(error?.code == .busy)
        #expect(error?.description.contains("longer than WEIR_DATABASE_TIMEOUT") == true)
        try await database.ping()
    }

    @Test func aCommitIsOnDiskWhateverTheServersOwnSettingIs() async throws {
        let url = try await aside { try PostgresUnderTest.database() }
        let name = try PostgresUnderTest.query("SELECT current_database()", at: url)
        try PostgresUnderTest.query("ALTER DATABASE \(name) SET synchronous_commit = off", at: url)
        let database = try DatabaseUnderTest.open(url)
        let settings = try await database.read { connection throws(StoreError) in
            let row = try connection.run(
                "SELECT current_setting('synchronous_commit'), current_setting('statement_timeout')")[0]
            return [try row.text(0), try row.text(1)]
        }
        #expect(settings == ["on", "30s"])
    }

    // MARK: Partitions

    @Test func eachMonthHasAPartition() async throws {
        let made = try await DatabaseUnderTest(.postgreSQL)
        let store = UsageStore(made.database)
        // 2026-01-31T23, 2026-02-01T00, 2028-02-29T12, 2019-12-31T23, 2050-01-01T00.
        let hours: [UInt32] = [491_639, 491_640, 509_844, 438_287, 701_280]
        _ = try await store.merge(hours.map { cell("a", 1, hour: $0) }, of: Hash128(low: 1, high: 1), at: 1)
        let places = try PostgresUnderTest.query(
            "SELECT hour, tableoid::regclass FROM usage_hour ORDER BY hour", at: made.url)
        #expect(
            places.split(separator: "\n") == [
                "438287|usage_hour_before", "491639|usage_hour_2026_01", "491640|usage_hour_2026_02",
                "509844|usage_hour_2028_02", "701280|usage_hour_after",
            ])
        // The month after one that was wanted is there ahead.
        let next = try PostgresUnderTest.query("SELECT to_regclass('usage_hour_2028_03') IS NOT NULL", at: made.url)
        #expect(next == "t")
    }

    @Test func partitionsAreMadeAheadByManyAtOnce() async throws {
        let made = try await DatabaseUnderTest(.postgreSQL)
        let hours = 491_639...Int64(491_639 + 80 * 24)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<6 {
                let other = try DatabaseUnderTest.open(made.url)
                group.addTask {
                    try await other.makeRoom(forUsageOf: hours)
                    let batch = (0..<4).map { self.cell("c\(number)", 1, hour: 491_639 + UInt32($0) * 1_000) }
                    _ = try await UsageStore(other).merge(batch, of: Hash128(low: UInt64(number), high: 1), at: 1)
                }
            }
            try await group.waitForAll()
        }
        let partitions = try PostgresUnderTest.query(
            "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relispartition AND relkind = 'r'",
            at: made.url)
        let months = (1...5).map { "usage_hour_2026_0\($0)" }
        #expect(Set(months.prefix(4)).isSubset(of: Set(partitions.split(separator: " ").map(String.init))))
        #expect(try await UsageStore(made.database).audit() == 0)
    }

    // MARK: In each other's way

    /// Two that take what the other has: the server ends one of them, and it runs again.
    @Test func ofTwoThatWaitForEachOtherBothAreDone() async throws {
        let database = try DatabaseUnderTest.open(try await aside { try PostgresUnderTest.database() })
        try await database.changeSchema { connection throws(StoreError) in
            _ = try connection.run("CREATE TABLE thing (name TEXT PRIMARY KEY, number BIGINT)")
            for name in ["a", "b"] {
                _ = try connection.run("INSERT INTO thing (name, number) VALUES ($1, $2)", [.text(name), .integer(0)])
            }
        }
        let flags = ["a": Flag(false), "b": Flag(false)]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (first, second) in [("a", "b"), ("b", "a")] {
                group.addTask {
                    try await database.write { connection throws(StoreError) in
                        let add = "UPDATE thing SET number = number + 1 WHERE name = $1"
                        _ = try connection.run(add, [.text(first)])
                        flags[first]?.set(true)
                        _ = eventually { flags[second]?.isUp == true }
                        _ = try connection.run(add, [.text(second)])
                    }
                }
            }
            try await group.waitForAll()
        }
        let sums = try await database.read { connection throws(StoreError) in
            try connection.run("SELECT min(number), max(number) FROM thing")[0]
        }
        #expect(try sums.integer(0) == 2)
        #expect(try sums.integer(1) == 2)
    }

    // MARK: A server in trouble

    /// Merges growing totals from several tasks until told to stop.
    private func load(
        _ store: UsageStore, writers: Int, while isOn: @escaping @Sendable () -> Bool
    ) async throws -> UInt64 {
        try await withThrowingTaskGroup(of: UInt64.self) { group in
            for number in 0..<writers {
                group.addTask {
                    var calls: UInt64 = 0
                    repeat {
                        calls += 1
                        let batch = (0..<5).map { self.cell("c\($0)", calls) }
                        // Acknowledged, each of them, whatever happens to the server.
                        _ = try await store.merge(batch, of: Hash128(low: UInt64(number), high: 2), at: 1)
                    } while isOn()
                    return calls
                }
            }
            return try await group.reduce(0, +)
        }
    }

    private func check(_ store: UsageStore, calls: UInt64) async throws {
        let rows = try await store.usage(
            UsageQuery(hours: 0..<1 << 32, granularity: .total, dimensions: [.consumer]), limit: 100)
        #expect(rows.map(\.totals.calls) == [UInt64](repeating: calls, count: 5))
        #expect(try await store.audit() == 0)
    }

    /// `pg_ctl restart`, fast and immediate, in mid-load: every write is acknowledged, and there once.
    @Test(arguments: [SIGINT, SIGQUIT]) func aRestartOfTheServerIsOnlyAPause(_ signal: Int32) async throws {
        let server = try await aside { try PostgresUnderTest() }
        let database = try DatabaseUnderTest.open(try await aside { try server.newDatabase() }) {
            $0.retryBudget = .seconds(60)
        }
        try await Schema.migrate(database)
        let store = UsageStore(database)
        let isOn = Flag(true)
        async let calls = load(store, writers: 4) { isOn.isUp }
        for _ in 0..<2 {
            try await Task.sleep(for: .milliseconds(400))
            try await aside { try server.stop(signal) }
            try await aside { try server.start() }
        }
        try await Task.sleep(for: .milliseconds(200))
        isOn.set(false)
        try await check(store, calls: try await calls)
    }

    /// Connections that are ended at any moment, also while COMMIT is on its way.
    @Test func connectionsThatBreakLoseAndDoubleNothing() async throws {
        let made = try await DatabaseUnderTest(.postgreSQL)
        let store = UsageStore(made.database)
        let isOn = Flag(true)
        async let calls = load(store, writers: 4) { isOn.isUp }
        let ended = try await aside {
            var ended = 0
            for _ in 0..<25 {
                ended +=
                    Int(
                        try PostgresUnderTest.query(
                            """
                            SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                            WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'weir'
                            """, at: made.url)) ?? 0
            }
            return ended
        }
        isOn.set(false)
        #expect(ended > 0)
        try await check(store, calls: try await calls)
    }

    /// The transaction is in the database, and nobody is told so: it runs again, and changes nothing.
    @Test func aCommitThatIsNotAnsweredIsRepeatedAndCountsOnce() async throws {
        let made = try await DatabaseUnderTest(.postgreSQL)
        try await made.database.makeRoom(forUsageOf: 491_639...491_639)
        let cutter = try CommitCutter(made.url, cuts: 3)
        let store = UsageStore(try DatabaseUnderTest.open(cutter.url))
        let delivery = UsageStore.Delivery(agent: String(repeating: "a", count: 32), number: 5)
        let receipt = try await store.merge(
            (0..<5).map { cell("c\($0)", 7) }, of: Hash128(low: 1, high: 2), delivery: delivery, at: 1)
        // What an agent makes of it: the delivery it has just made is known, so nothing was forgotten.
        #expect(receipt == UsageStore.Receipt(cells: 5, changed: 0, known: 5))
        try await check(UsageStore(made.database), calls: 7)
    }

    @Test func aCommitThatIsNeverAnsweredIsToldAsUnknown() async throws {
        let made = try await DatabaseUnderTest(.postgreSQL)
        try await made.database.makeRoom(forUsageOf: 491_639...491_639)
        let cutter = try CommitCutter(made.url, cuts: 1_000)
        let store = UsageStore(try DatabaseUnderTest.open(cutter.url) { $0.retryBudget = .milliseconds(200) })
        let error = await code {
            _ = try await store.merge((0..<5).map { cell("c\($0)", 7) }, of: Hash128(low: 1, high: 2), at: 1)
        }
        #expect(error?.code == .unavailable)
        #expect(error?.description.contains("may have been committed: the same again does no harm") == true)
        try await check(UsageStore(made.database), calls: 7)
        _ = try await UsageStore(made.database).merge(
            (0..<5).map { cell("c\($0)", 7) }, of: Hash128(low: 1, high: 2), at: 1)
        try await check(UsageStore(made.database), calls: 7)
    }

    @Test func aServerThatIsGoneIsUnavailableWithinTheBudget() async throws {
        let server = try await aside { try PostgresUnderTest() }
        let database = try DatabaseUnderTest.open(try await aside { try server.newDatabase() }) {
            $0.retryBudget = .milliseconds(300)
        }
        try await database.ping()
        try await aside { try server.stop(SIGQUIT) }
        for work in [database.ping, { try await Schema.migrate(database) }] {
            let error = await code { try await work() }
            #expect(error?.code == .unavailable, "\(error?.description ?? "")")
        }
        try await aside { try server.start() }
        try await database.ping()
    }

    /// A server that is stopped as a machine that swaps: asked whether it is there, it is not waited for.
    @Test func aServerThatHangsIsNotWaitedFor() async throws {
        let server = try await aside { try PostgresUnderTest() }
        let url = try await aside { try server.newDatabase() }
        let database = try DatabaseUnderTest.open(url) {
            $0.connections = 1
            $0.connectTimeout = .seconds(2)
        }
        let pid = try await database.read { connection throws(StoreError) in
            try connection.run("SELECT pg_backend_pid()")[0].integer(0)
        }
        kill(Int32(pid), SIGSTOP)
        let start = ContinuousClock.now
        let error = await code { try await database.ping() }
        #expect(error?.code == .unavailable)
        #expect(error?.description.contains("did not answer within 2 s") == true)
        #expect(.now - start < .seconds(60), "it would hang for ever")
        kill(Int32(pid), SIGCONT)
        // Over a new connection.
        try await database.ping()
    }

    // MARK: Who may connect, and how

    @Test func passwordsAndCertificatesAreLibpqs() async throws {
        let certificates = try Certificates.shared.get()
        let port = freePort()
        let server = try await aside { try PostgresUnderTest(port: port, certificates: certificates) }
        try server.query("CREATE ROLE seller LOGIN PASSWORD 'open sesame'")
        func connect(_ userAndPassword: String, _ host: String, _ query: String) async throws -> String {
            let url = "postgres://\(userAndPassword)@\(host):\(port)/postgres?\(query)"
            return try await DatabaseUnderTest.open(url).connect()
        }
        let authority = "sslmode=verify-full&sslrootcert=\(certificates.file("ca.pem"))"
        let plain = try await connect("seller:open%20sesame", "127.0.0.1", "sslmode=disable")
        #expect(plain.hasPrefix("PostgreSQL 15.") && !plain.contains("TLS"))
        #expect(try await connect("seller:open%20sesame", "localhost", authority).hasSuffix(", over TLS"))
        for (credentials, host, query, words) in [
            ("seller:close%20sesame", "localhost", authority, "password authentication failed for user \"seller\""),
            ("seller:open%20sesame", "127.0.0.1", authority, "does not match host name \"127.0.0.1\""),
            (
                "seller:open%20sesame", "localhost", "sslmode=verify-ca&sslrootcert=\(certificates.file("other.pem"))",
                "certificate verify failed"
            ),
            ("nobody:open%20sesame", "localhost", authority, "password authentication failed"),
        ] {
            let error = await code { _ = try await connect(credentials, host, query) }
            #expect(error?.code == .unavailable)
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
            #expect(error?.description.contains("sesame") == false)
        }
    }

    @Test func aDatabaseThatCannotHoldWhatAgentsSendIsRefused() async throws {
        let server = try await aside { try PostgresUnderTest() }
        try server.query(
            "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0")
        let error = await code { _ = try await DatabaseUnderTest.open(server.url(of: "latin")).connect() }
        #expect(error?.description.contains("encoded in LATIN1: make one with ENCODING 'UTF8'") == true)
        let missing = await code { _ = try await DatabaseUnderTest.open(server.url(of: "nowhere")).connect() }
        #expect(missing?.description.contains("database \"nowhere\" does not exist") == true)
    }
}

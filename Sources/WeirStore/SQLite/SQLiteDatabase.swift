import GRDB

/// SQLite in a file: one writer, readers beside it (WAL), every commit on disk before it is acknowledged
/// (synchronous=FULL).
package final class SQLiteDatabase: SQLDatabase {
    private let pool: DatabasePool

    package let dialect = SQLDialect.sqlite

    /// Opens or makes the database.
    ///
    /// - Throws: `unavailable` when it cannot be opened, `busy` when another process holds it.
    package init(path: String) throws(StoreError) {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.label = "weir"
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
        } catch {
            throw Self.translated(error, .unavailable)
        }
    }

    package func write<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        do {
            return try await pool.write { database in
                let connection = SQLiteConnection(database)
                let result = try body(connection)
                // A body that caught the error of a statement has written half of what it wanted.
                if let failure = connection.failure { throw failure }
                return result
            }
        } catch {
            throw Self.translated(error, .failed)
        }
    }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        do {
            return try await pool.read { try body(SQLiteConnection($0)) }
        } catch {
            throw Self.translated(error, .failed)
        }
    }

    /// There is one writer.
    package func changeSchema<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        try await write(body)
    }

    /// Its tables take usage of any hour.
    package func makeRoom(forUsageOf hours: ClosedRange<Int64>) async throws(StoreError) {}

    package func ping() async throws(StoreError) {
        _ = try await read { connection throws(StoreError) in try connection.run("SELECT 1").count }
    }

    /// What is in the write-ahead log goes to the file. Asked for here: connections that close would leave it to the last one, which
    /// only reads.
    package func close() async {
        // Where it fails, the log is read at the next start.
        _ = try? await pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        try? pool.close()
    }

    static func translated(_ error: any Error, _ otherwise: StoreError.Code) -> StoreError {
        if let error = error as? StoreError { return error }
        guard let error = error as? DatabaseError else { return StoreError(otherwise, "\(error)") }
        let message = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: return StoreError(.busy, "another process holds the database: \(message)")
        default: return StoreError(otherwise, message)
        }
    }
}

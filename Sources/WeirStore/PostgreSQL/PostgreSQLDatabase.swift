/// PostgreSQL, over a bounded pool of connections.
///
/// Writes are SERIALIZABLE, and on disk before they are acknowledged. What fails for a reason that passes is run again, whole:
/// serialization failures, deadlocks, a server that restarts or hands over, a connection that breaks. Those that have failed twice
/// take turns, across all programs, so that they do not fail for ever. When the connection broke while COMMIT was on its way, nobody
/// knows whether the transaction is in the database; it is run again too, which is right since bodies are repeatable
/// (see `SQLDatabase.write`), and if that does not come to an end, the error says so.
package final class PostgreSQLDatabase: SQLDatabase {
    /// How long an answer may take where somebody only wants to know whether there is one.
    private static let pingTimeout = Duration.seconds(2)
    /// How long a change of the schema may take.
    private static let schemaTimeout = Duration.seconds(4 * 3_600)

    private let options: PostgreSQLOptions
    private let pool: PostgreSQLPool

    package let dialect = SQLDialect.postgreSQL

    /// Opens nothing yet: connections are made as they are needed.
    package init(_ options: PostgreSQLOptions) {
        self.options = options
        pool = PostgreSQLPool(options)
    }

    /// Connects, once, without trying again.
    ///
    /// - Returns: what answers: `PostgreSQL 15.18, over TLS`.
    /// - Throws: what is wrong with the address, the user, the server or the database.
    package func connect() async throws(StoreError) -> String {
        let attempt = try await pool.run { connection in PostgreSQLAttempt.done(connection.serverDescription) }
        return try result(of: attempt)
    }

    package func ping() async throws(StoreError) {
        let transaction = PostgreSQLTransaction(kind: .read, lock: nil) { connection throws(StoreError) in
            try connection.run("SELECT 1").count
        }
        let attempt = try await pool.run(timeout: Self.pingTimeout) { transaction.attempt($0) }
        _ = try result(of: attempt)
    }

    package func write<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        try await repeated(.write, lock: nil, body)
    }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        try await repeated(.read, lock: nil, body)
    }

    package func changeSchema<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        try await repeated(.write, lock: .schema, body)
    }

    package func makeRoom(forUsageOf hours: ClosedRange<Int64>) async throws(StoreError) {
        try await make(UsagePartition.months(of: hours))
    }

    /// The server notices by itself when the last one lets go of the connections.
    package func close() async {}

    // MARK: Transactions

    private func repeated<Result: Sendable>(
        _ kind: PostgreSQLTransaction<Result>.Kind, lock: AdvisoryLock?,
        _ body: @escaping @Sendable (any SQLConnection) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        var retry = PostgreSQLRetry(budget: options.retryBudget)
        var mayBeCommitted = false
        let start = ContinuousClock.now
        while true {
            let turn: AdvisoryLock? = kind == .write && retry.takesTurn ? .turn : nil
            let transaction = PostgreSQLTransaction(kind: kind, lock: lock ?? turn, body: body)
            let attempt: PostgreSQLAttempt<Result>
            do throws(StoreError) {
                attempt = try await pool.run(timeout: lock == .schema ? Self.schemaTimeout : nil) {
                    transaction.attempt($0)
                }
            } catch {
                throw Self.error(error, mayBeCommitted: mayBeCommitted)
            }
            guard case .failed(let failure, let commitIsUnknown) = attempt else { return try result(of: attempt) }
            mayBeCommitted = mayBeCommitted || commitIsUnknown
            let pause =
                failure.remedy == .none
                ? nil
                : retry.pause(after: failure, elapsed: .now - start, chance: .random(in: 0...1))
            guard let pause else { throw Self.error(failure.storeError, mayBeCommitted: mayBeCommitted) }
            if case .partition(let hour) = failure.remedy {
                try await make([UsagePartition(hour: hour), UsagePartition(hour: hour).next])
            } else {
                // A task that was cancelled has its answer sooner, not another one.
                try? await Task.sleep(for: pause)
            }
        }
    }

    private func result<Result>(of attempt: PostgreSQLAttempt<Result>) throws(StoreError) -> Result {
        switch attempt {
        case .done(let result): return result
        case .refused(let error): throw error
        case .failed(let failure, let isUnknown): throw Self.error(failure.storeError, mayBeCommitted: isUnknown)
        }
    }

    private static func error(_ error: StoreError, mayBeCommitted: Bool) -> StoreError {
        guard mayBeCommitted else { return error }
        return StoreError(
            error.code, "\(error.description); an earlier attempt may have been committed: the same again does no harm")
    }

    // MARK: Partitions

    /// Makes partitions that are not there, each in a transaction of its own. Of several programs that want the same one, one
    /// makes it, and the others find it.
    private func make(_ partitions: [UsagePartition]) async throws(StoreError) {
        for partition in partitions {
            try await repeated(.write, lock: .partitions) { connection throws(StoreError) in
                let found = try connection.run(
                    "SELECT count(*) FROM pg_class WHERE oid = to_regclass($1)", [.text(partition.name)])
                if try found[0].integer(0) > 0 { return }
                // A new partition refers to this table too. Who writes takes it first, and so does this: no deadlock.
                _ = try connection.run("LOCK TABLE dimension IN SHARE ROW EXCLUSIVE MODE")
                _ = try connection.run(partition.statement)
            }
        }
    }
}

/// One attempt at a transaction, from BEGIN to what became of COMMIT.
struct PostgreSQLTransaction<Result: Sendable>: Sendable {
    enum Kind: Sendable {
        /// As if alone: SERIALIZABLE. Tables are read by their indexes wherever there is one: whoever reads a table from end to end
        /// is in the way of everybody who writes to it, and small tables tempt the planner.
        case write
        /// One state of the database, in nobody's way: REPEATABLE READ, which never fails for others' sake.
        case read

        var begin: String {
            switch self {
            case .write: "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE; SET LOCAL enable_seqscan = off"
            case .read: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            }
        }
    }

    let kind: Kind
    /// A lock that is held from before the transaction's first look at the database until it is over; of the session, since one of
    /// the transaction would be taken after that look.
    let lock: AdvisoryLock?
    let body: @Sendable (any SQLConnection) throws(StoreError) -> Result

    func attempt(_ connection: PostgreSQLConnection) -> PostgreSQLAttempt<Result> {
        do throws(PostgreSQLFailure) {
            if let lock { _ = try connection.execute("SELECT pg_advisory_lock($1)", [.integer(lock.rawValue)]) }
            try connection.command(kind.begin)
            // A change of large tables takes as long as it takes.
            if lock == .schema { _ = try connection.execute("SET LOCAL statement_timeout = 0") }
        } catch {
            return .failed(error, commitIsUnknown: false)
        }
        let attempt = run(connection)
        if let lock { giveBack(lock, connection) }
        return attempt
    }

    private func run(_ connection: PostgreSQLConnection) -> PostgreSQLAttempt<Result> {
        let result: Result
        do throws(StoreError) {
            result = try body(connection)
        } catch {
            let failure = connection.failure
            rollBack(connection)
            if let failure { return .failed(failure, commitIsUnknown: false) }
            return .refused(error)
        }
        // A body that caught the error of a statement has written half of what it wanted.
        if let failure = connection.failure {
            rollBack(connection)
            return .failed(failure, commitIsUnknown: false)
        }
        do throws(PostgreSQLFailure) {
            let tag = try connection.execute("COMMIT").tag
            guard tag == "COMMIT" else {
                return .failed(PostgreSQLFailure("the server answered \(tag) to COMMIT"), commitIsUnknown: false)
            }
            return .done(result)
        } catch {
            // An answer says that it was rolled back; without one, or as the server goes down, it may have been either.
            let isUnknown = error.remedy == .reconnect && kind == .write
            if !isUnknown { rollBack(connection) }
            return .failed(error, commitIsUnknown: isUnknown)
        }
    }

    private func giveBack(_ lock: AdvisoryLock, _ connection: PostgreSQLConnection) {
        do throws(PostgreSQLFailure) {
            _ = try connection.execute("SELECT pg_advisory_unlock($1)", [.integer(lock.rawValue)])
        } catch {
            // It ends with its connection.
            connection.spend()
        }
    }

    private func rollBack(_ connection: PostgreSQLConnection) {
        guard connection.isAlive, connection.isInTransaction else { return }
        // The lane closes a connection that is in a transaction still.
        _ = try? connection.execute("ROLLBACK")
    }
}

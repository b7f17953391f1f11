/// How one attempt at a transaction went.
enum PostgreSQLAttempt<Result: Sendable>: Sendable {
    /// Committed.
    case done(Result)
    /// The body threw an error of its own; nothing was written.
    case refused(StoreError)
    /// The database did not do it. Nothing was written, unless the connection broke while COMMIT was on its way: then nobody
    /// knows.
    case failed(PostgreSQLFailure, commitIsUnknown: Bool)
}

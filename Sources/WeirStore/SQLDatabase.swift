/// A database: SQLite or PostgreSQL, behind one set of statements.
package protocol SQLDatabase: Sendable {
    /// What differs between databases in the text of a schema.
    var dialect: SQLDialect { get }

    /// Runs `body` in a transaction that is committed, durably, when it returns, and rolled back when it throws, or when one of its
    /// statements fails, whatever it makes of the error.
    ///
    /// The body may run several times, as a whole: PostgreSQL ends transactions that are in each other's way. So it has no effects
    /// but on the database. And it is *repeatable*: run again behind a run that was committed, it leaves the database as that
    /// run did. For when a connection breaks while COMMIT is on its way, nobody knows what became of it; then the body runs
    /// again. Merging by max, `ON CONFLICT`, and ids that callers chose before are repeatable; adding to a number is not.
    ///
    /// - Throws: what the body throws; `busy` when others were in the way for too long, `unavailable` when the database does not
    ///   answer. An error may come after an attempt that was committed all the same; asking the same again is right.
    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result

    /// Runs `body` on one state of the database, beside writers. It may run several times.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result

    /// As `write`, while no other program changes the schema.
    func changeSchema<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result

    /// Makes what tables need to take usage of these hours since 1970, ahead of it. Whoever does not ask for it gets it when the
    /// first row comes.
    func makeRoom(forUsageOf hours: ClosedRange<Int64>) async throws(StoreError)

    /// Whether the database answers: asks once, and does not wait for long.
    func ping() async throws(StoreError)

    /// Ends its use, when nothing is on its way any more; nothing may be asked behind it.
    func close() async
}

/// A database: SQLite now, PostgreSQL later, behind one set of statements.
package protocol SQLDatabase: Sendable {
    /// What differs between databases in the text of a schema.
    var dialect: SQLDialect { get }

    /// Runs `body` in a transaction that is committed, durably, when it returns, and rolled back when it throws.
    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result

    /// Runs `body` on one state of the database, beside writers.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result
}

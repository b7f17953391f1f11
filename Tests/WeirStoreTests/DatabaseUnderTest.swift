import Testing
import WeirStore
import WeirTestSupport

/// The databases that everything must work on alike.
enum DatabaseKind: String, CaseIterable, CustomTestStringConvertible {
    case sqlite, postgreSQL

    var testDescription: String { rawValue }
}

/// A new database of a test's own.
final class DatabaseUnderTest: Sendable {
    let database: any SQLDatabase
    /// Of a PostgreSQL database, for psql; empty for SQLite.
    let url: String
    private let directory: TemporaryDirectory?

    /// An empty database, with Weir's tables unless it should be bare.
    init(_ kind: DatabaseKind, isBare: Bool = false) async throws {
        switch kind {
        case .sqlite:
            let directory = try TemporaryDirectory()
            self.directory = directory
            url = ""
            database = try SQLiteDatabase(path: directory.file("db.sqlite"))
        case .postgreSQL:
            directory = nil
            url = try await aside { try PostgresUnderTest.database() }
            database = try Self.open(url)
        }
        if !isBare { try await Schema.migrate(database) }
    }

    /// Another way to a PostgreSQL database, as another collector has it.
    static func open(
        _ url: String, _ change: (inout PostgreSQLOptions) -> Void = { _ in }
    ) throws -> PostgreSQLDatabase {
        var options = PostgreSQLOptions(address: try PostgreSQLAddress(url))
        options.connections = 4
        // The machine may be busy with all the other tests.
        options.poolTimeout = .seconds(60)
        options.retryBudget = .seconds(120)
        change(&options)
        return PostgreSQLDatabase(options)
    }
}

import Testing
import WeirStore
import WeirTestSupport

/// Tables, and how they come to be, on every database.
@Suite struct SchemaTests {
    @Test(arguments: DatabaseKind.allCases) func migratingAgainChangesNothing(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind)
        try await Schema.migrate(made.database)
        let versions = try await made.database.read { connection throws(StoreError) in
            var versions: [Int64] = []
            for row in try connection.run("SELECT version FROM schema_version") { versions.append(try row.integer(0)) }
            return versions
        }
        #expect(versions == [Int64(Schema.version)])
    }

    @Test(arguments: DatabaseKind.allCases) func aNewerDatabaseIsLeftAsItIs(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind, isBare: true)
        try await made.database.changeSchema { connection throws(StoreError) in
            _ = try connection.run("CREATE TABLE schema_version (version BIGINT NOT NULL)")
            _ = try connection.run("INSERT INTO schema_version (version) VALUES ($1)", [.integer(99)])
        }
        do {
            try await Schema.migrate(made.database)
            Issue.record("it went through")
        } catch {
            #expect(error.code == .newer)
            #expect(
                error.description
                    == "the database is of version 99, this program knows \(Schema.version): use a newer weir-collector"
            )
        }
        let isBare = try? await made.database.read { connection throws(StoreError) in
            try connection.run("SELECT count(*) FROM cell").count
        }
        #expect(isBare == nil)
    }

    /// Collectors that start together on an empty database.
    @Test func severalThatMigrateAtOnceMakeOneSchema() async throws {
        let made = try await DatabaseUnderTest(.postgreSQL, isBare: true)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                let other = try DatabaseUnderTest.open(made.url)
                group.addTask { try await Schema.migrate(other) }
            }
            try await group.waitForAll()
        }
        #expect(
            try PostgresUnderTest.query("SELECT count(*), max(version) FROM schema_version", at: made.url)
                == "1|\(Schema.version)")
    }

    @Test func aUserWhoMayNotMakeTablesIsToldWhatToGrant() async throws {
        let url = try await aside { try PostgresUnderTest.database() }
        try PostgresUnderTest.query("CREATE ROLE guest_of_schema LOGIN", at: url)
        let guest = try DatabaseUnderTest.open(
            url.replacing("postgres://postgres@", with: "postgres://guest_of_schema@"))
        do {
            try await Schema.migrate(guest)
            Issue.record("it went through")
        } catch {
            #expect(error.code == .failed)
            #expect(error.description.contains("permission denied for schema public: the user needs"))
        }
    }
}

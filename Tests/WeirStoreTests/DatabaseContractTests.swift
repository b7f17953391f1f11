import Foundation
import Testing
import WeirStore
import WeirTestSupport

/// What every database does alike: values, transactions, failures.
@Suite struct DatabaseContractTests {
    private func table(_ kind: DatabaseKind) async throws -> DatabaseUnderTest {
        let made = try await DatabaseUnderTest(kind, isBare: true)
        try await made.database.changeSchema { connection throws(StoreError) in
            _ = try connection.run(
                made.database.dialect.spelled("CREATE TABLE thing (name TEXT PRIMARY KEY, number BIGINT){clustered}"))
        }
        return made
    }

    private func put(_ name: String, _ number: Int64?, _ connection: any SQLConnection) throws(StoreError) {
        _ = try connection.run(
            "INSERT INTO thing (name, number) VALUES ($1, $2)", [.text(name), number.map { .integer($0) } ?? .null])
    }

    private func names(_ database: any SQLDatabase) async throws -> [String] {
        try await database.read { connection throws(StoreError) in
            var names: [String] = []
            for row in try connection.run("SELECT name FROM thing ORDER BY name") { names.append(try row.text(0)) }
            return names
        }
    }

    // MARK: Values

    @Test(arguments: DatabaseKind.allCases) func integersTextsAndNullsComeBackAsTheyWere(_ kind: DatabaseKind)
        async throws
    {
        let made = try await table(kind)
        let texts = ["", "a", "it's; DROP TABLE thing --", "$1 ? :x", "日本語", "e\u{301}", "\u{e9}", "\t\n\\", "%_"]
        let numbers: [Int64?] = [0, -1, .max, .min, nil, 1 << 53 + 1, 7, 8, 9]
        try await made.database.write { connection throws(StoreError) in
            for (text, number) in zip(texts, numbers) { try put(text, number, connection) }
        }
        for (text, number) in zip(texts, numbers) {
            let row = try await made.database.read { connection throws(StoreError) in
                try connection.run("SELECT name, number FROM thing WHERE name = $1", [.text(text)])
            }
            try #require(row.count == 1, "\(text)")
            #expect(Array(try row[0].text(0).utf8) == Array(text.utf8))
            if let number { #expect(try row[0].integer(1) == number) } else { #expect(try row[0].text(1) == "") }
        }
    }

    @Test(arguments: DatabaseKind.allCases) func textsAreInTheOrderOfTheirBytes(_ kind: DatabaseKind) async throws {
        let made = try await table(kind)
        try await made.database.write { connection throws(StoreError) in
            for name in ["b", "Z", "é", "a", "_", "A", "~", "a b", "ab"] { try put(name, 1, connection) }
        }
        #expect(try await names(made.database) == ["A", "Z", "_", "a", "a b", "ab", "b", "~", "é"])
    }

    @Test(arguments: DatabaseKind.allCases) func sumsCountsAndComparisonsAreIntegers(_ kind: DatabaseKind) async throws
    {
        let made = try await table(kind)
        try await made.database.write { connection throws(StoreError) in
            try put("a", 1 << 55, connection)
            try put("b", 1 << 55, connection)
        }
        let row = try await made.database.read { connection throws(StoreError) in
            try connection.run(
                "SELECT $1, sum(number), count(*), max(number) > $2 FROM thing",
                [.integer(5), .integer(4)])[0]
        }
        #expect(try row.integer(0) == 5)
        #expect(try row.integer(1) == 1 << 56)
        #expect(try row.integer(2) == 2)
        #expect(try row.integer(3) == 1)
    }

    @Test(arguments: DatabaseKind.allCases) func aTextWithAZeroByteIsRefusedAndNotCut(_ kind: DatabaseKind) async throws
    {
        let made = try await table(kind)
        await #expect(throws: StoreError(.failed, "a text with a zero byte: the database holds none")) {
            try await made.database.write { connection throws(StoreError) in try put("a\0b", 1, connection) }
        }
        #expect(try await names(made.database) == [])
    }

    @Test(arguments: DatabaseKind.allCases) func oneStatementIsOneStatement(_ kind: DatabaseKind) async throws {
        let made = try await table(kind)
        _ = try? await made.database.write { connection throws(StoreError) in
            try connection.run("SELECT number FROM thing WHERE name = $1; DROP TABLE thing", [.text("x")]).count
        }
        #expect(try await names(made.database) == [])
    }

    // MARK: Transactions

    @Test(arguments: DatabaseKind.allCases) func whatThrowsLeavesNothing(_ kind: DatabaseKind) async throws {
        let made = try await table(kind)
        await #expect(throws: StoreError(.tooMany, "mine")) {
            try await made.database.write { connection throws(StoreError) in
                try put("a", 1, connection)
                throw StoreError(.tooMany, "mine")
            }
        }
        #expect(try await names(made.database) == [])
    }

    /// SQLite would go on behind a statement that failed, PostgreSQL would not: so neither does.
    @Test(arguments: DatabaseKind.allCases) func aStatementThatFailsSpoilsItsTransaction(_ kind: DatabaseKind)
        async throws
    {
        let made = try await table(kind)
        try await made.database.write { connection throws(StoreError) in try put("a", 1, connection) }
        await #expect(throws: StoreError.self) {
            try await made.database.write { connection throws(StoreError) in
                try put("b", 1, connection)
                do throws(StoreError) { try put("a", 2, connection) } catch {}
            }
        }
        #expect(try await names(made.database) == ["a"])
        await #expect(throws: StoreError.self) {
            try await made.database.write { connection throws(StoreError) in
                do throws(StoreError) { _ = try connection.run("SELECT nothing FROM nowhere") } catch {}
                try? put("c", 1, connection)
            }
        }
        #expect(try await names(made.database) == ["a"])
    }

    @Test(arguments: DatabaseKind.allCases) func aWrongStatementSaysWhatIsWrong(_ kind: DatabaseKind) async throws {
        let made = try await table(kind)
        do {
            _ = try await made.database.read { connection throws(StoreError) in
                try connection.run("SELECT wage FROM thing").count
            }
            Issue.record("it went through")
        } catch {
            #expect(error.code == .failed)
            #expect(error.description.contains("wage"))
        }
        try await made.database.ping()
    }

    /// Each adds one to what it has read: as if they came one after the other.
    @Test(arguments: DatabaseKind.allCases) func whatIsReadAndWrittenAtOnceIsAsIfInTurn(_ kind: DatabaseKind)
        async throws
    {
        let made = try await table(kind)
        try await made.database.write { connection throws(StoreError) in try put("counter", 0, connection) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<12 {
                group.addTask {
                    for _ in 0..<5 {
                        try await made.database.write { connection throws(StoreError) in
                            let number = try connection.run(
                                "SELECT number FROM thing WHERE name = $1", [.text("counter")])
                            _ = try connection.run(
                                "UPDATE thing SET number = $1 WHERE name = $2",
                                [.integer(try number[0].integer(0) + 1), .text("counter")])
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let number = try await made.database.read { connection throws(StoreError) in
            try connection.run("SELECT number FROM thing")[0].integer(0)
        }
        #expect(number == 60)
    }

    /// Two that each look at what the other writes: no order of the two allows both.
    @Test(arguments: DatabaseKind.allCases) func ofTwoThatAreOnlyAllowedAloneOneSeesTheOther(_ kind: DatabaseKind)
        async throws
    {
        let made = try await table(kind)
        for round in 0..<10 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for name in ["x", "y"] {
                    group.addTask {
                        try await made.database.write { connection throws(StoreError) in
                            let found = try connection.run(
                                "SELECT count(*) FROM thing WHERE number = $1", [.integer(Int64(round))])
                            if try found[0].integer(0) == 0 { try put("\(name)\(round)", Int64(round), connection) }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(try await names(made.database).count == 10)
    }

    @Test(arguments: DatabaseKind.allCases) func aReadSeesOneState(_ kind: DatabaseKind) async throws {
        let made = try await table(kind)
        let writer = Task {
            for number in 0..<40 {
                try await made.database.write { connection throws(StoreError) in
                    try put("a\(number)", 1, connection)
                    try put("b\(number)", 1, connection)
                }
            }
        }
        for _ in 0..<40 {
            let (first, second) = try await made.database.read { connection throws(StoreError) in
                let first = try connection.run("SELECT count(*) FROM thing")[0].integer(0)
                return (first, try connection.run("SELECT count(*) FROM thing")[0].integer(0))
            }
            #expect(first == second && first % 2 == 0)
        }
        try await writer.value
        #expect(try await names(made.database).count == 80)
    }

    /// A copy of the one file, without the log beside it, after reads and writes at once.
    @Test func aClosedSQLiteDatabaseIsOneFile() async throws {
        for round in 0..<5 {
            let directory = try TemporaryDirectory()
            let database = try SQLiteDatabase(path: directory.file("db.sqlite"))
            try await database.changeSchema { connection throws(StoreError) in
                _ = try connection.run("CREATE TABLE thing (name TEXT PRIMARY KEY, number BIGINT)")
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<4 {
                    group.addTask {
                        try await database.write { connection throws(StoreError) in
                            try put("\(number)", Int64(round), connection)
                        }
                        _ = try await names(database)
                    }
                }
                try await group.waitForAll()
            }
            await database.close()
            try FileManager.default.copyItem(
                atPath: directory.file("db.sqlite"), toPath: directory.file("copy.sqlite"))
            #expect(try await names(try SQLiteDatabase(path: directory.file("copy.sqlite"))) == ["0", "1", "2", "3"])
        }
    }
}

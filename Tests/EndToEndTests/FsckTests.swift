import Foundation
import Testing
import WeirTestSupport

/// `weir fsck` over the database of a real collector.
@Suite struct FsckTests {
    private func fsck(_ arguments: [String], in directory: TemporaryDirectory) throws -> (code: Int32?, output: String)
    {
        let program = try RunningProgram(
            Programs.weir, ["fsck"] + arguments, environment: ["WEIR_STATE_DIR": directory.path], in: directory)
        return (program.wait(), program.log)
    }

    @Test func aCollectorsDatabaseAddsUpUntilSomebodyChangesIt() async throws {
        let directory = try TemporaryDirectory()
        let collector = try UsageTests.CollectorUnderTest(in: directory)
        defer { withExtendedLifetime(collector) {} }
        let path = directory.file("collector/collector/weir.sqlite")
        let database = ["--database", "sqlite:\(path)"]
        let sound = try fsck(database, in: directory)
        #expect(sound.code == 0)
        #expect(sound.output.contains("everything adds up"))
        let sql = """
            INSERT INTO account VALUES ('acc_x', 'USD/9', 'earned', 'con_x', 0, 0, 5, 1, NULL);
            """
        let sqlite = try RunningProgram(
            "/usr/bin/sqlite3", [path, sql], environment: [:], in: directory)
        #expect(sqlite.wait() == 0)
        let broken = try fsck(database, in: directory)
        #expect(broken.code == 1)
        #expect(broken.output.contains("BROKEN  L1-balanced"))
        #expect(broken.output.contains("first at account acc_x"))
        let json = try fsck(database + ["--json"], in: directory)
        #expect(json.code == 1)
        let document = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect(document?["isSound"] as? Bool == false)
    }

    @Test func aDatabaseInPostgreSQLIsChecked() throws {
        let url = try PostgresUnderTest.database()
        let directory = try TemporaryDirectory()
        #expect(try fsck(["--database", url], in: directory).code == 2)
        let collector = try UsageTests.CollectorUnderTest(in: directory, ["WEIR_DATABASE": url])
        defer { withExtendedLifetime(collector) {} }
        #expect(try fsck(["--database", url], in: directory).code == 0)
        try PostgresUnderTest.query(
            "INSERT INTO account VALUES ('acc_x', 'USD/9', 'earned', 'con_x', 0, 0, 5, 1, NULL)", at: url)
        let broken = try fsck(["--database", url], in: directory)
        #expect(broken.code == 1)
        #expect(broken.output.contains("first at account acc_x"))
    }

    @Test func whatIsNoDatabaseIsNotCheckedAndNotMade() throws {
        let directory = try TemporaryDirectory()
        let missing = try fsck([], in: directory)
        #expect(missing.code == 2)
        #expect(missing.output.contains("there is no database at \(directory.path)/collector/weir.sqlite"))
        #expect(try directory.names().allSatisfy { $0 != "collector" })
        let text = try directory.write("text", "this is no database, however long it is")
        #expect(try fsck(["--database", "sqlite:\(text)"], in: directory).code == 2)
        let secret = try fsck(["--database", "oracle://user:secret@host/x"], in: directory)
        #expect(secret.code == 2)
        #expect(!secret.output.contains("secret"))
        let empty = try directory.write("empty", "")
        #expect(try fsck(["--database", "sqlite:\(empty)"], in: directory).code == 2)
    }
}

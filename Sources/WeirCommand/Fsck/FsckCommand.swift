import ArgumentParser
import WeirSettings
import WeirStore

/// `weir fsck`: does everything in the database add up?
struct FsckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fsck",
        abstract: "Check every invariant of the collector's database: usage, ledger, credit windows; change nothing.",
        discussion: """
            Names the first row that breaks each invariant. The collector may run meanwhile: all checks look at one state.
            Exit code 0: everything adds up, 1: something does not, 2: it could not be checked.

            Examples:
              weir fsck
              weir fsck --database sqlite:/backup/weir.sqlite --json
              weir fsck --database postgres://weir@db.example/weir
            """)

    @Option(help: "The database, as WEIR_DATABASE of the collector (its SQLite file in the state directory).")
    var database: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let url = database ?? "sqlite:\(CommandSettings.ofProcess().stateDirectory)/collector/weir.sqlite"
        let report: FsckReport
        do throws(StoreError) {
            report = try await Fsck(try await FsckDatabase.open(url)).run()
        } catch {
            throw CommandFailure.noAnswer("\(error)")
        }
        let text = FsckText(report, of: FsckDatabase.shown(url))
        print(json ? try text.json : text.lines)
        if !report.isSound { throw CommandFailure.negative("") }
    }
}

import ArgumentParser
import WeirBench

/// `weir bench ingest`: how fast is usage taken in and read, and against what?
struct BenchIngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Measure how fast the collector's database takes usage in, and how fast it is read.",
        discussion: """
            Batches of usage go through the collector's store into a SQLite database in a temporary directory, in turns with a bare loop of
            prepared statements over the same tables in one transaction, which decides nothing. Then one consumer's usage of 90 days by
            hour is asked for, out of many rows. With --database the first part is done in PostgreSQL too, where each statement of the bare
            loop waits for its answer.

            Exit code 0: measured, 2: it could not be.

            Examples:
              weir bench ingest
              weir bench ingest --rows 1000000 --json
              weir bench ingest --database 'postgres://weir@/bench?host=/run/postgresql'
            """)

    @Option(help: "Cells of a batch.")
    var cells = 10_000

    @Option(help: "Batches that are timed; 0: none.")
    var rounds = 9

    @Option(help: "Rows of usage by hour that are asked; 0: none.")
    var rows = 10_000_000

    @Option(help: "An empty PostgreSQL database, as in WEIR_DATABASE; left empty.")
    var database: String?

    @Option(help: "Where the databases' files are made.")
    var directory = "/tmp"

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Short runs, to see that it works; the figures mean nothing.")
    var quick = false

    func validate() throws {
        guard (1...1_000_000).contains(cells) else { throw ValidationError("--cells: expected 1 to 1000000") }
        guard (0...1_000).contains(rounds) else { throw ValidationError("--rounds: expected 0 to 1000") }
        guard (0...100_000_000).contains(rows) else { throw ValidationError("--rows: expected 0 to 100000000") }
    }

    func run() async throws {
        Interruption.watch()
        let progress = BenchProgress()
        var options = IngestRun.Options()
        options.cells = quick ? min(cells, 500) : cells
        options.rounds = quick ? min(rounds, 1) : rounds
        options.usageRows = quick ? min(rows, 100_000) : rows
        options.postgreSQL = database
        options.directory = directory
        do throws(BenchFailure) {
            var report = BenchReport(machine: .current)
            report.ingest = try await IngestRun(options) { progress.say($0) }.run()
            progress.end()
            print(json ? try BenchText.json(report) : BenchText(report).text)
        } catch {
            progress.end()
            throw CommandFailure.noAnswer("\(error)")
        }
    }
}

import ArgumentParser
import Glibc
import WeirBench

/// `weir bench sales`: how soon can be called what was bought?
struct BenchSalesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sales",
        abstract: "Measure the time from a purchase to the next allowed call, and how fast credit is granted.",
        discussion: """
            Starts a collector and two agents in temporary directories. Calls are bought one at a time, and called on the agents in turn;
            the next call must be denied. Then windows of many grants are raised over the API. With --database all of it is done on
            PostgreSQL, too.

            Exit code 0: measured, 2: it could not be.

            Examples:
              weir bench sales
              weir bench sales --purchases 1000 --json
              weir bench sales --database 'postgres://weir@/bench?host=/run/postgresql'
            """)

    @Option(help: "Purchases of one call each.")
    var purchases = 300

    @Option(help: "An empty PostgreSQL database, as in WEIR_DATABASE; its tables are left in it.")
    var database: String?

    @Option(help: "The collector's program (beside weir).")
    var collector: String?

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Short runs, to see that it works; the figures mean nothing.")
    var quick = false

    @OptionGroup(title: "What is started")
    var programs: BenchProgramOptions

    func validate() throws {
        guard (2...100_000).contains(purchases) else { throw ValidationError("--purchases: expected 2 to 100000") }
    }

    func run() throws {
        Interruption.watch()
        let progress = BenchProgress()
        var options = SalesRun.Options()
        options.purchases = quick ? min(purchases, 6) : purchases
        options.postgreSQL = database
        if quick { (options.rounds, options.exchanges, options.windows) = (1, 3, 5) }
        do throws(BenchFailure) {
            var programs = try programs.found()
            if let collector { programs.collector = collector }
            guard access(programs.collector, X_OK) == 0 else {
                throw BenchFailure("no collector at \(programs.collector): build weir-collector, or give --collector")
            }
            var report = BenchReport(machine: .current)
            report.sales = try SalesRun(programs, options) { progress.say($0) }.run()
            progress.end()
            print(json ? try BenchText.json(report) : BenchText(report).text)
        } catch {
            progress.end()
            throw CommandFailure.noAnswer("\(error)")
        }
    }
}

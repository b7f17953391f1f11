import WeirCore
import WeirStore

/// Batches of usage into databases of their own, in turns with a bare loop of prepared statements over the same tables; then one
/// consumer's usage out of many rows.
package struct IngestRun: Sendable {
    package struct Options: Sendable {
        /// Cells of a batch.
        package var cells = 10_000
        package var rounds = 9
        /// Rows of usage by hour that are asked; 0: none are.
        package var usageRows = 10_000_000
        /// An empty PostgreSQL database.
        package var postgreSQL: String?
        /// Where the files are.
        package var directory = "/tmp"

        package init() {}
    }

    private let options: Options
    private let progress: @Sendable (String) -> Void

    package init(_ options: Options, progress: @escaping @Sendable (String) -> Void) {
        self.options = options
        self.progress = progress
    }

    package func run() async throws(BenchFailure) -> IngestReport {
        var report = IngestReport(cellsPerBatch: options.cells)
        let directory = try BenchDirectory(on: options.directory)
        if options.rounds > 0 { report.sqlite = try await sqlite(directory) }
        if let url = options.postgreSQL {
            report.postgreSQL = try await PostgreSQLIngest(options.cells, options.rounds, progress).run(url)
        }
        if options.usageRows > 0 {
            try await UsageReading(options.usageRows, progress).run("\(directory.disk)/usage.sqlite", &report)
        }
        return report
    }

    // MARK: SQLite

    /// A database that knows the load's dimensions already.
    private func database(_ path: String, _ load: IngestLoad) async throws(BenchFailure) -> UsageStore {
        try await Self.asking { () throws(StoreError) in
            let database = try SQLiteDatabase(path: path)
            try await Schema.migrate(database)
            let store = UsageStore(database)
            _ = try await store.merge(load.batch(0), of: load.incarnation, at: 1)
            return store
        }
    }

    private func sqlite(_ directory: BenchDirectory) async throws(BenchFailure) -> IngestReport.Database {
        var result = IngestReport.Database()
        let load = IngestLoad(cells: options.cells, prefix: "c")
        let store = try await database("\(directory.disk)/store.sqlite", load)
        let both = try await bare(directory, "both", load)
        let cells = try await bare(directory, "cells", load)
        for round in 1...options.rounds {
            try Interruption.check()
            progress("ingest, SQLite: round \(round) of \(options.rounds)")
            result.bare.add(try both.perSecond(round, sums: true))
            result.bareCells.add(try cells.perSecond(round, sums: false))
            let batch = load.batch(round)
            let start = ContinuousClock.now
            let receipt = try await Self.asking { () throws(StoreError) in
                try await store.merge(batch, of: load.incarnation, at: 1)
            }
            result.store.add(Double(options.cells) / ((.now - start) / .seconds(1)))
            guard receipt.changed == options.cells else {
                throw BenchFailure("only \(receipt.changed) of \(options.cells) cells were taken")
            }
        }
        return result
    }

    private func bare(
        _ directory: BenchDirectory, _ name: String, _ load: IngestLoad
    ) async throws(BenchFailure) -> BareLoop {
        let path = "\(directory.disk)/bare-\(name).sqlite"
        _ = try await database(path, load)
        return try BareLoop(path: path, load)
    }

    /// What the store says, in the benchmark's words.
    static func asking<Result: Sendable>(
        _ work: () async throws(StoreError) -> Result
    ) async throws(BenchFailure) -> Result {
        do throws(StoreError) {
            return try await work()
        } catch {
            throw BenchFailure("the database: \(error)")
        }
    }
}

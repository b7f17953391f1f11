import WeirCore
import WeirStore

/// The same load into PostgreSQL: the store's batches, and single statements one after the other, which wait for an answer each.
struct PostgreSQLIngest: Sendable {
    private let cells: Int
    private let rounds: Int
    private let progress: @Sendable (String) -> Void

    init(_ cells: Int, _ rounds: Int, _ progress: @escaping @Sendable (String) -> Void) {
        self.cells = cells
        self.rounds = rounds
        self.progress = progress
    }

    /// - url: of an empty database, which is left empty.
    func run(_ url: String) async throws(BenchFailure) -> IngestReport.Database {
        let database = try self.database(url)
        try await IngestRun.asking { () throws(StoreError) in
            _ = try await database.connect()
            try await refuseTables(database)
            try await Schema.migrate(database)
        }
        let result: IngestReport.Database
        do throws(BenchFailure) {
            result = try await measure(database)
        } catch {
            try await drop(database)
            throw error
        }
        try await drop(database)
        return result
    }

    private func database(_ url: String) throws(BenchFailure) -> PostgreSQLDatabase {
        do throws(PostgreSQLAddressError) {
            return PostgreSQLDatabase(PostgreSQLOptions(address: try PostgreSQLAddress(url)))
        } catch {
            throw BenchFailure("--database: \(error)")
        }
    }

    private func refuseTables(_ database: PostgreSQLDatabase) async throws(StoreError) {
        let tables = try await database.read { connection throws(StoreError) in
            try connection.run("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()")[0].integer(0)
        }
        guard tables == 0 else {
            throw StoreError(
                .failed, "it has \(tables) tables: give --database an empty one, such as CREATE DATABASE makes")
        }
    }

    private func measure(_ database: PostgreSQLDatabase) async throws(BenchFailure) -> IngestReport.Database {
        var result = IngestReport.Database()
        let store = UsageStore(database)
        let loads = ["store", "both", "cells"].map { IngestLoad(cells: cells, prefix: $0) }
        var incarnations: [Int64] = []
        for load in loads {
            try await IngestRun.asking { () throws(StoreError) in
                _ = try await store.merge(load.batch(0), of: load.incarnation, at: 1)
            }
            incarnations.append(Int64(incarnations.count))
        }
        for index in loads.indices { incarnations[index] = try await number(of: loads[index], database) }
        let numbers = try await numbers(database)
        for round in 1...rounds {
            try Interruption.check()
            progress("ingest, PostgreSQL: round \(round) of \(rounds)")
            let both = loads[1].rows(round, incarnation: incarnations[1], numbers: numbers)
            result.bare.add(try await perSecond(both, sums: true, database))
            let single = loads[2].rows(round, incarnation: incarnations[2], numbers: numbers)
            result.bareCells.add(try await perSecond(single, sums: false, database))
            let batch = loads[0].batch(round)
            let start = ContinuousClock.now
            try await IngestRun.asking { () throws(StoreError) in
                _ = try await store.merge(batch, of: loads[0].incarnation, at: 1)
            }
            result.store.add(Double(cells) / ((.now - start) / .seconds(1)))
        }
        return result
    }

    private func number(of load: IngestLoad, _ database: PostgreSQLDatabase) async throws(BenchFailure) -> Int64 {
        try await IngestRun.asking { () throws(StoreError) in
            try await database.read { connection throws(StoreError) in
                try connection.run("SELECT id FROM incarnation WHERE token = $1", [.text(load.incarnation.hex)])[0]
                    .integer(0)
            }
        }
    }

    private func numbers(_ database: PostgreSQLDatabase) async throws(BenchFailure) -> [String: Int64] {
        try await IngestRun.asking { () throws(StoreError) in
            try await database.read { connection throws(StoreError) in
                var numbers: [String: Int64] = [:]
                for row in try connection.run("SELECT consumer, route, id FROM dimension") {
                    numbers["\(try row.text(0))/\(try row.text(1))"] = try row.integer(2)
                }
                return numbers
            }
        }
    }

    private func perSecond(
        _ rows: [(cell: [Int64], growth: [Int64])], sums: Bool, _ database: PostgreSQLDatabase
    ) async throws(BenchFailure) -> Double {
        let start = ContinuousClock.now
        try await IngestRun.asking { () throws(StoreError) in
            try await database.write { connection throws(StoreError) in
                for row in rows {
                    _ = try connection.run(IngestLoad.writeCell, row.cell.map { .integer($0) })
                    if sums { _ = try connection.run(IngestLoad.addGrowth, row.growth.map { .integer($0) }) }
                }
            }
        }
        return Double(rows.count) / ((.now - start) / .seconds(1))
    }

    private func drop(_ database: PostgreSQLDatabase) async throws(BenchFailure) {
        try await IngestRun.asking { () throws(StoreError) in
            try await database.changeSchema { connection throws(StoreError) in
                let tables = try connection.run(
                    "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT LIKE 'usage_hour_%'"
                )
                for table in tables { _ = try connection.run("DROP TABLE \(try table.text(0)) CASCADE") }
            }
        }
    }
}

/// One transaction of prepared statements, cell by cell, that decide nothing.
struct BareLoop {
    private let database: RawSQLite
    private let load: IngestLoad
    private let incarnation: Int64
    private let numbers: [String: Int64]

    /// Opens a database that has taken the load's first batch.
    init(path: String, _ load: IngestLoad) throws(BenchFailure) {
        database = try RawSQLite(path: path)
        self.load = load
        incarnation = Int64(try database.texts("SELECT max(id) FROM incarnation").first ?? "") ?? 0
        var numbers: [String: Int64] = [:]
        let statement = try database.prepared("SELECT consumer || '/' || route, id FROM dimension")
        while try statement.step() { numbers[statement.text(0)] = statement.integer(1) }
        self.numbers = numbers
    }

    /// Cells per second of a round's batch.
    ///
    /// - sums: whether the sums of each hour are written too.
    func perSecond(_ round: Int, sums: Bool) throws(BenchFailure) -> Double {
        let rows = load.rows(round, incarnation: incarnation, numbers: numbers)
        let cell = try database.prepared(IngestLoad.writeCell)
        let growth = try database.prepared(IngestLoad.addGrowth)
        let start = ContinuousClock.now
        try database.run("BEGIN IMMEDIATE")
        for row in rows {
            try cell.run(row.cell)
            if sums { try growth.run(row.growth) }
        }
        try database.run("COMMIT")
        return Double(rows.count) / ((.now - start) / .seconds(1))
    }
}

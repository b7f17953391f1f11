/// How fast usage is taken in, and how fast it is read.
package struct IngestReport: Sendable {
    /// One database's rounds, in cells per second.
    package struct Database: Sendable {
        /// Two prepared statements for each cell, one after the other, that decide nothing: its row, and the sums of its hour.
        package var bare = Samples()
        /// Only the cells' rows.
        package var bareCells = Samples()
        /// `UsageStore.merge`.
        package var store = Samples()

        package init() {}

        /// The store's by the bare loop's over the same tables, round by round.
        package var ratio: Samples { store.ratios(to: bare) }
        package var ratioToCells: Samples { store.ratios(to: bareCells) }
    }

    package var cellsPerBatch: Int
    package var sqlite = Database()
    package var postgreSQL: Database?
    /// Rows of usage by hour in the SQLite database that is asked.
    package var usageRows = 0
    /// Rows of one consumer in 90 days, before they are summed; and of the answer.
    package var rowsOfConsumer = 0
    package var answerRows = 0
    package var queryMilliseconds = Samples()

    package init(cellsPerBatch: Int) { self.cellsPerBatch = cellsPerBatch }
}

extension IngestReport: Encodable {
    package func encode(to encoder: any Encoder) throws {
        var json = encoder.container(keyedBy: ReportKey.self)
        try json.encode(cellsPerBatch, forKey: "cells_per_batch")
        for (name, database) in [("sqlite", sqlite), ("postgresql", postgreSQL)] {
            guard let database, !database.store.values.isEmpty else { continue }
            try json.object(ReportKey(stringValue: name)) { object in
                try object.encode(database.ratio, "ratio")
                try object.encode(database.ratioToCells, "ratio_to_cells_only")
                try object.encode(database.store.median, "rows_per_second")
                try object.encode(database.bare.median, "bare_rows_per_second")
                try object.encode(database.bareCells.median, "bare_cells_only_rows_per_second")
            }
        }
        guard usageRows > 0 else { return }
        try json.object("query_90_days") { object in
            try object.encode(usageRows, forKey: "usage_rows")
            try object.encode(rowsOfConsumer, forKey: "rows_of_consumer")
            try object.encode(answerRows, forKey: "answer_rows")
            try object.encode(queryMilliseconds, "ms")
        }
    }
}

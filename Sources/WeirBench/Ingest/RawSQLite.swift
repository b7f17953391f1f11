import GRDBSQLite

/// SQLite without anything above it: what the store is measured against.
final class RawSQLite {
    private let database: OpaquePointer

    /// Opens a database as the store does: WAL, every commit on disk, references checked.
    init(path: String) throws(BenchFailure) {
        var opened: OpaquePointer?
        guard sqlite3_open(path, &opened) == SQLITE_OK, let opened else {
            throw BenchFailure("cannot open \(path)")
        }
        database = opened
        for pragma in ["journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"] { try run("PRAGMA \(pragma)") }
    }

    deinit { sqlite3_close_v2(database) }

    func run(_ text: String) throws(BenchFailure) {
        guard sqlite3_exec(database, text, nil, nil, nil) == SQLITE_OK else { throw failure(text) }
    }

    /// The first column of each row.
    func texts(_ text: String) throws(BenchFailure) -> [String] {
        let statement = try prepared(text)
        var texts: [String] = []
        while try statement.step() { texts.append(statement.text(0)) }
        return texts
    }

    func prepared(_ text: String) throws(BenchFailure) -> Statement {
        var made: OpaquePointer?
        guard sqlite3_prepare_v2(database, text, -1, &made, nil) == SQLITE_OK, let made else { throw failure(text) }
        return Statement(made)
    }

    private func failure(_ text: String) -> BenchFailure {
        BenchFailure("SQLite: \(String(cString: sqlite3_errmsg(database))) in \(text.prefix(80))")
    }

    /// A statement that is run many times.
    final class Statement {
        private let statement: OpaquePointer

        fileprivate init(_ statement: OpaquePointer) { self.statement = statement }

        deinit { sqlite3_finalize(statement) }

        /// Runs it with integers, and makes it ready for the next time.
        func run(_ values: some Sequence<Int64>) throws(BenchFailure) {
            var place: Int32 = 0
            for value in values {
                place += 1
                sqlite3_bind_int64(statement, place, value)
            }
            _ = try step()
            sqlite3_reset(statement)
        }

        /// Whether there is a row.
        func step() throws(BenchFailure) -> Bool {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: return true
            case SQLITE_DONE: return false
            case let code: throw BenchFailure("SQLite: \(String(cString: sqlite3_errstr(code)))")
            }
        }

        func text(_ column: Int32) -> String {
            sqlite3_column_text(statement, column).map { String(cString: $0) } ?? ""
        }

        func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }
    }
}

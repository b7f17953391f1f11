import GRDB
import GRDBSQLite

/// A connection of GRDB, with its cache of prepared statements. Values and rows go to and from SQLite itself: by way of GRDB's types
/// they take several times as long as SQLite does.
final class SQLiteConnection: SQLConnection {
    private let database: Database
    /// The first failure of a statement: the transaction is not committed then.
    private(set) var failure: StoreError?

    init(_ database: Database) { self.database = database }

    func run(_ statement: String, _ values: [SQLValue]) throws(StoreError) -> [SQLRow] {
        do {
            let prepared = try database.cachedStatement(sql: statement)
            // What changes the schema has no values, and GRDB has to know of it.
            if values.isEmpty, prepared.columnCount == 0 {
                try prepared.execute()
                return []
            }
            defer {
                sqlite3_reset(prepared.sqliteStatement)
                sqlite3_clear_bindings(prepared.sqliteStatement)
            }
            try bind(values, to: prepared.sqliteStatement)
            return try rows(of: prepared.sqliteStatement)
        } catch {
            let translated = SQLiteDatabase.translated(error, .failed)
            failure = failure ?? translated
            throw translated
        }
    }

    private func bind(_ values: [SQLValue], to statement: OpaquePointer) throws {
        guard values.count == sqlite3_bind_parameter_count(statement) else {
            throw StoreError(
                .failed, "\(values.count) values for \(sqlite3_bind_parameter_count(statement)) placeholders")
        }
        for (index, value) in values.enumerated() {
            let place = Int32(index) + 1
            let code =
                switch value {
                case .null: sqlite3_bind_null(statement, place)
                case .integer(let number): sqlite3_bind_int64(statement, place, number)
                case .text(let text): try bind(text, at: place, to: statement)
                }
            try check(code)
        }
    }

    private func bind(_ text: String, at place: Int32, to statement: OpaquePointer) throws -> Int32 {
        // SQLite copies it.
        let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        var text = text
        return try text.withUTF8 { bytes in
            guard !bytes.contains(0) else { throw StoreError(.failed, SQLValue.zeroByte) }
            guard let base = bytes.baseAddress else { return sqlite3_bind_text(statement, place, "", 0, copies) }
            return base.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                sqlite3_bind_text(statement, place, $0, Int32(clamping: bytes.count), copies)
            }
        }
    }

    private func rows(of statement: OpaquePointer) throws -> [SQLRow] {
        let columns = sqlite3_column_count(statement)
        var rows: [SQLRow] = []
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return rows }
            guard code == SQLITE_ROW else {
                try check(code)
                throw StoreError(.failed, "SQLite answered \(code)")
            }
            rows.append(SQLRow((0..<columns).map { Self.value(statement, $0) }))
        }
    }

    private static func value(_ statement: OpaquePointer, _ column: Int32) -> SQLValue {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
        case SQLITE_TEXT:
            guard let bytes = sqlite3_column_text(statement, column) else { return .text("") }
            let count = Int(sqlite3_column_bytes(statement, column))
            return .text(String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self))
        // Neither statements nor schema make floating point and bytes.
        default: return .null
        }
    }

    private func check(_ code: Int32) throws {
        guard code != SQLITE_OK else { return }
        throw DatabaseError(
            resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(database.sqliteConnection)))
    }
}

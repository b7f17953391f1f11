import GRDB

/// A connection of GRDB, with its cache of prepared statements.
struct SQLiteConnection: SQLConnection {
    let database: Database

    func run(_ statement: String, _ values: [SQLValue]) throws(StoreError) -> [SQLRow] {
        do {
            let prepared = try database.cachedStatement(sql: statement)
            let arguments = StatementArguments(values.map(Self.argument))
            if prepared.columnCount == 0 {
                try prepared.execute(arguments: arguments)
                return []
            }
            return try Row.fetchAll(prepared, arguments: arguments).map { row in
                SQLRow((0..<row.count).map { Self.value(row, $0) })
            }
        } catch {
            throw SQLiteDatabase.translated(error, .failed)
        }
    }

    private static func argument(_ value: SQLValue) -> (any DatabaseValueConvertible)? {
        switch value {
        case .null: nil
        case .integer(let number): number
        case .text(let text): text
        }
    }

    private static func value(_ row: Row, _ column: Int) -> SQLValue {
        let value: DatabaseValue = row[column]
        switch value.storage {
        case .null, .blob: return .null
        case .int64(let number): return .integer(number)
        case .string(let text): return .text(text)
        // Neither statements nor schema make one; a sum beyond 64 bits would.
        case .double: return .null
        }
    }
}

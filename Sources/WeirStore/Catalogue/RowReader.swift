/// Reads the columns of a row one after the other.
package struct RowReader {
    private let row: SQLRow
    private var column = 0

    init(_ row: SQLRow) { self.row = row }

    mutating func text() throws(StoreError) -> String {
        defer { column += 1 }
        return try row.text(column)
    }

    mutating func integer() throws(StoreError) -> Int64 {
        defer { column += 1 }
        return try row.integer(column)
    }

    mutating func optionalText() throws(StoreError) -> String? {
        if row.isNull(column) {
            column += 1
            return nil
        }
        return try text()
    }

    mutating func optionalInteger() throws(StoreError) -> Int64? {
        if row.isNull(column) {
            column += 1
            return nil
        }
        return try integer()
    }

    /// A column of few words.
    mutating func choice<Value: RawRepresentable>(_ type: Value.Type) throws(StoreError) -> Value
    where Value.RawValue == String {
        let text = try text()
        guard let value = Value(rawValue: text) else {
            throw StoreError(.failed, "column \(column - 1) holds \"\(text)\", which is no \(type)")
        }
        return value
    }
}

extension SQLValue {
    /// An integer, or NULL.
    static func integer(optional value: Int64?) -> SQLValue { value.map(SQLValue.integer) ?? .null }

    /// A text, or NULL.
    static func text(optional value: String?) -> SQLValue { value.map(SQLValue.text) ?? .null }
}

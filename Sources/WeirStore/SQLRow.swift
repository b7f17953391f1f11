/// One row of a result, by column number.
package struct SQLRow: Sendable {
    private let values: [SQLValue]

    package init(_ values: [SQLValue]) { self.values = values }

    /// The integer of a column.
    ///
    /// - Throws: when the column holds anything else: the statement or the schema is wrong.
    package func integer(_ column: Int) throws(StoreError) -> Int64 {
        guard case .integer(let value) = values[column] else {
            throw StoreError(.failed, "column \(column) holds no integer")
        }
        return value
    }

    /// The text of a column; empty for NULL.
    package func text(_ column: Int) throws(StoreError) -> String {
        switch values[column] {
        case .text(let value): return value
        case .null: return ""
        case .integer: throw StoreError(.failed, "column \(column) holds no text")
        }
    }

    /// How many columns it has.
    package var count: Int { values.count }

    /// Whether a column holds NULL.
    package func isNull(_ column: Int) -> Bool { values[column] == .null }
}

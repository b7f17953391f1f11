/// One connection inside a transaction. Statements are prepared once and kept.
///
/// Statements are written for both databases: placeholders `$1`, `$2`, … whose first uses are in this order, no
/// functions and types that only one of them has.
package protocol SQLConnection {
    /// Runs a statement and returns its rows.
    func run(_ statement: String, _ values: [SQLValue]) throws(StoreError) -> [SQLRow]
}

extension SQLConnection {
    package func run(_ statement: String) throws(StoreError) -> [SQLRow] { try run(statement, []) }
}

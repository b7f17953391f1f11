/// A value of SQL, as both databases know it.
package enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
}

extension SQLValue {
    /// Why a text with a zero byte is refused: PostgreSQL has none, and SQLite would cut it there.
    static let zeroByte = "a text with a zero byte: the database holds none"
}

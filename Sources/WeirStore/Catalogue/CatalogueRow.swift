/// A row of one of the catalogue's tables.
package protocol CatalogueRow: Equatable, Sendable {
    static var table: String { get }
    /// All columns, `id` first.
    static var columns: [String] { get }

    init(_ row: inout RowReader) throws(StoreError)

    var id: String { get }
    /// The values of all columns, in their order.
    var values: [SQLValue] { get }
}

/// A row that agents are told of.
package protocol PolicyRow: CatalogueRow {
    /// The change that touched it last; given when it is written.
    var version: Int64 { get set }
}

/// A grant as the book keeps it. Nothing draws on it yet: credit windows will, in the order (priority, until, created, id).
package struct GrantRow: BookRow {
    package var id: RecordID
    var references: UInt32
    var isDefined: Bool
    package var state: GrantRecord.State
    var subscription: UInt32
    /// The subscription's grant that was added before.
    var older: UInt32
    /// The number of its unit in the book's list.
    var unit: UInt32
    package var priority: Int64
    package var created: Int64
    /// `Int64.max` for no end.
    package var until: Int64

    static let empty = GrantRow(
        id: RecordID(bits: Hash128(low: 0, high: 0)), references: 0, isDefined: false, state: .closed, subscription: 0,
        older: BookNumber.none, unit: 0, priority: 0, created: 0, until: 0)
}

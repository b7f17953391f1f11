/// A grant as the book keeps it.
struct GrantRow: BookRow {
    var id: RecordID
    var references: UInt32
    var isDefined: Bool
    var state: GrantRecord.State
    var subscription: UInt32
    /// The subscription's grant that was added before.
    var older: UInt32
    /// The number of its unit in the book's list.
    var unit: UInt32
    /// The number of its scope in the same list; `BookNumber.none` for none.
    var scope: UInt32
    var priority: Int64
    var created: Int64
    /// `Int64.max` for no end.
    var until: Int64
    var from: Int64

    static let empty = GrantRow(
        id: RecordID(bits: Hash128(low: 0, high: 0)), references: 0, isDefined: false, state: .closed, subscription: 0,
        older: BookNumber.none, unit: 0, scope: BookNumber.none, priority: 0, created: 0, until: 0, from: 0)
}

/// A row of what is few, and described elsewhere: products and plans.
struct PlainRow: BookRow {
    var id: RecordID
    var references: UInt32
    var isDefined: Bool

    static let empty = PlainRow(id: RecordID(bits: Hash128(low: 0, high: 0)), references: 0, isDefined: false)
}

/// A consumer, who exists as long as a subscription or a key names him; no record defines him.
struct ConsumerRow: BookRow {
    var id: RecordID
    var references: UInt32
    var isDefined: Bool
    /// The subscription that was added last; the others follow it. `BookNumber.none` for none.
    var newest: UInt32

    static let empty = ConsumerRow(
        id: RecordID(bits: Hash128(low: 0, high: 0)), references: 0, isDefined: false, newest: BookNumber.none)
}

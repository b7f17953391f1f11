/// A key as the book keeps it: 64 bytes. Of its digest half is kept, which tells keys apart as well as all of it.
struct KeyRow: BookRow {
    var id: RecordID
    var digest: Hash128
    var references: UInt32
    var consumer: UInt32
    /// `BookNumber.none` for any of the consumer's.
    var subscription: UInt32
    var isDefined: Bool
    var state: KeyRecord.State
    var from: Int64
    /// `Int64.max` for no end.
    var until: Int64

    static let empty = KeyRow(
        id: RecordID(bits: Hash128(low: 0, high: 0)), digest: Hash128(low: 0, high: 0), references: 0, consumer: 0,
        subscription: BookNumber.none, isDefined: false, state: .revoked, from: 0, until: 0)
}

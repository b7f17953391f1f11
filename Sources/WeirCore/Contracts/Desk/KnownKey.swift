/// A key that was found, at one product: all that a check needs of it.
struct KnownKey: BitwiseCopyable, Sendable {
    /// The keyed hash of the raw key and the product.
    var hash: Hash128
    /// Half of the key's digest, by which it is found again when the book is another.
    var digest: Hash128
    /// What of the cell's key says who pays.
    var payer: Hash128
    /// The digest of the attribute `consumer`.
    var consumer: Hash128
    var changesAt: Int64
    /// The book that it was found in; 0 for an entry of nothing.
    var edition: UInt32
    /// When it was used, in checks.
    var used: UInt32
    var plan: UInt32
    /// Bytes of the contract's text; 0 for none.
    var contractCount: UInt8
    var reason: Reason
    /// Whether another subscription serves the key when this one's credit is used up.
    var hasNext = false
    /// The list of windows that pay; `isFree` or `isUnpaid` where there is none.
    var account: Int32

    /// Nothing is to be paid.
    static let isFree: Int32 = -1
    /// Something is to be paid, and nothing was bought.
    static let isUnpaid: Int32 = -2

    static let empty = KnownKey(
        hash: Hash128(low: 0, high: 0), digest: Hash128(low: 0, high: 0), payer: Hash128(low: 0, high: 0),
        consumer: Hash128(low: 0, high: 0), changesAt: 0, edition: 0, used: 0, plan: BookNumber.none, contractCount: 0,
        reason: .keyUnknown, account: isFree)

    /// The texts of a key: consumer, key and contract, in room of a fixed size.
    static let keyStart = RecordID.byteCount
    static let contractStart = RecordID.byteCount * 2
    static let textBytes = 104
}

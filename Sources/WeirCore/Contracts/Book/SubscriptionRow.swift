/// A subscription as the book keeps it.
struct SubscriptionRow: BookRow {
    var id: RecordID
    var references: UInt32
    var isDefined: Bool
    var state: SubscriptionRecord.State
    var consumer: UInt32
    var plan: UInt32
    var products: UInt32
    var period: UInt32
    /// The consumer's subscription that was added before.
    var older: UInt32
    /// The grant that was added last.
    var newestGrant: UInt32
    var from: Int64
    /// `Int64.max` for no end.
    var until: Int64
    /// The period that follows, from its first second on; `Int64.max` where none is known, and then the others mean nothing.
    var nextFrom: Int64
    var nextPeriod: UInt32
    var nextPlan: UInt32
    var nextProducts: UInt32

    static let empty = SubscriptionRow(
        id: RecordID(bits: Hash128(low: 0, high: 0)), references: 0, isDefined: false, state: .ended, consumer: 0,
        plan: 0, products: 0, period: 0, older: BookNumber.none, newestGrant: BookNumber.none, from: 0, until: 0,
        nextFrom: .max, nextPeriod: 0, nextPlan: 0, nextProducts: 0)

    /// What of it holds at a time.
    func isNext(_ seconds: Int64) -> Bool { seconds >= nextFrom }
    func plan(_ seconds: Int64) -> UInt32 { isNext(seconds) ? nextPlan : plan }
    func period(_ seconds: Int64) -> UInt32 { isNext(seconds) ? nextPeriod : period }
    func products(_ seconds: Int64) -> UInt32 { isNext(seconds) ? nextProducts : products }
}

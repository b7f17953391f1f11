/// What one limit gave a check that is not over: to be freed, given back or charged on when its end is known.
package struct OpenCharge: BitwiseCopyable, Sendable {
    /// As the table of limit keys, or of leases, knows it.
    var key: Hash128
    /// The number of the limit in the running policy; -1 for one that is gone, `credit` for a window.
    var limit: Int32
    /// The charge behind it, plus 1; 0 for the last.
    var next: UInt32 = 0
    /// Slots, or tokens that were reserved.
    var tokens: Int64
    /// Tokens for each unit of the actual cost, or of what the limit counts; 0 for what neither changes.
    var price: Int64
    /// When it is given up, in microseconds of the clock that never goes back: slots are freed, a reservation stays charged.
    var deadline: Int64
    /// When the window ends that it was charged to, by the wall clock; 0 for others.
    var windowEnd: Int64
    var isSlots: Bool
    /// Whether the key is that of an overflow entry.
    var isOverflow: Bool

    /// In place of a limit: what a draw on credit has reserved for the check; see `OpenCharge+Credit`.
    static let credit: Int32 = -2

    static let none = OpenCharge(
        key: Hash128(low: 0, high: 0), limit: -1, tokens: 0, price: 0, deadline: 0, windowEnd: 0, isSlots: false,
        isOverflow: false)
}

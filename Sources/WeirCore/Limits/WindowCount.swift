/// What one window of one limit key has counted, as the journal keeps it: a restart of the machine must not reopen a month.
package struct WindowCount: Equatable, Sendable, BitwiseCopyable {
    /// The limit key, mixed with the window's start.
    package var key: Hash128
    /// When the window ends, in microseconds since 1970.
    package var end: Int64
    /// The amount that was counted in.
    package var amount: Int64
    /// Tokens that were taken; may exceed the amount after that was lowered.
    package var used: Int64
    /// Whether it counts for the keys that found no room.
    package var isOverflow: Bool

    package init(key: Hash128, end: Int64, amount: Int64, used: Int64, isOverflow: Bool) {
        self.key = key
        self.end = end
        self.amount = amount
        self.used = used
        self.isOverflow = isOverflow
    }
}

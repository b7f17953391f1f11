/// What has passed between a limit's keys and the shared store, in tokens but for `calls`.
package struct LeaseCounters: Sendable, BitwiseCopyable, Equatable {
    package var calls: UInt64 = 0
    package var granted: UInt64 = 0
    package var returned: UInt64 = 0
    /// Held when their lease was over.
    package var burned: UInt64 = 0
    /// Spent by the outage policy.
    package var alone: UInt64 = 0
    /// Checks that had to wait for the store, and those that it did not answer in time.
    package var waited: UInt64 = 0
    package var overloaded: UInt64 = 0

    package init() {}
}

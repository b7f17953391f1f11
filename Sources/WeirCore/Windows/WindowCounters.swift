/// What windows have done since the agent began.
package struct WindowCounters: Equatable, Sendable {
    /// Draws of checks: one for each meter of the plan.
    package var drawn: UInt64 = 0
    /// Checks that were denied as everything was used up, and those that no collector answered in time.
    package var exhausted: UInt64 = 0
    package var late: UInt64 = 0
    /// Checks that waited.
    package var waited: UInt64 = 0
    /// Checks that passed while no collector was there: by an overdraft, and without being billed.
    package var overdrawn: UInt64 = 0
    package var unpaid: UInt64 = 0
    /// Draws that nothing was reported of, and that the plan therefore does not bill.
    package var skipped: UInt64 = 0
    /// Calls that were made, and base units that were granted to them.
    package var calls: UInt64 = 0
    package var granted: UInt64 = 0
    /// Windows that found no room.
    package var refused: UInt64 = 0

    /// Windows that the collector had closed as it had been told that this run was over.
    package var revived: UInt64 = 0

    package init() {}
}

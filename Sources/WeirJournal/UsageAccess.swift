package import WeirCore

/// Lends the hot table and the counters, with the lock that guards them: the journal runs on a thread of its own.
package protocol UsageAccess: Sendable {
    func withUsage<Result: Sendable>(_ body: (inout UsageTable) -> Result) -> Result

    /// Takes windows of limits that changed since they were sealed, from slot `start` on; looks at no more than `scan` slots.
    ///
    /// - Returns: the windows, and the slot to go on from; nil at the end.
    func takeUnsealedWindows(from start: Int, scan: Int) -> (windows: [WindowCount], next: Int?)

    /// Marks every window as changed.
    func unsealAllWindows()
}

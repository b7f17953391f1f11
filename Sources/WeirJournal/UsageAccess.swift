package import WeirCore

/// Lends the hot table and the counters, with the lock that guards them: the journal runs on a thread of its own.
package protocol UsageAccess: Sendable {
    func withUsage<Result: Sendable>(_ body: (inout UsageTable) -> Result) -> Result

    /// Takes windows of limits that changed since they were sealed, from slot `start` on; looks at no more than `scan` slots.
    ///
    /// - Returns: the windows, and the slot to go on from; nil at the end.
    func takeUnsealedWindows(from start: Int, scan: Int) -> (windows: [WindowCount], next: Int?)

    /// Marks windows as changed, from slot `start` on; looks at no more than `scan` slots.
    ///
    /// - Returns: the slot to go on from; nil at the end.
    func unsealWindows(from start: Int, scan: Int) -> Int?
}

extension UsageAccess {
    /// Slots that are looked at in one hold of the lock.
    package static var slotsPerHold: Int { 4_096 }

    /// Marks every cell as changed, in pieces, so that no check waits for the whole table.
    package func putBackAll(_ change: UsageTable.Change) {
        var start: Int? = 0
        while let from = start { start = withUsage { $0.putBack(change, from: from, scan: Self.slotsPerHold) } }
    }

    /// Marks every window as changed, in pieces.
    func unsealAllWindows() {
        var start: Int? = 0
        while let from = start { start = unsealWindows(from: from, scan: Self.slotsPerHold) }
    }
}

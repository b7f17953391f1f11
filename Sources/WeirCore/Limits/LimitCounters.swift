/// What became of the checks that a limit matched, since the agent's start.
package struct LimitCounters: Equatable, Sendable, BitwiseCopyable {
    /// Checks that passed and took tokens.
    package var allowed: UInt64 = 0
    /// Checks that this limit denied, alone or with others.
    package var denied: UInt64 = 0
    /// Checks that it would have denied, had it been enforced.
    package var shadowDenied: UInt64 = 0
    /// Checks that were counted in the overflow entry, because the table was full.
    package var overflowed: UInt64 = 0
    /// What has passed between it and the shared store.
    package var shared = LeaseCounters()

    package init() {}
}

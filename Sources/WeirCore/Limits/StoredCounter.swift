/// A counter that another run of the agent left in memory: what one slot of its table held.
package struct StoredCounter: Equatable, Sendable {
    package var key: Hash128
    /// The numbers that it was counted in last.
    package var terms: LimitTerms
    /// Tokens × `terms.per` that nobody held, at `at`.
    package var credit: Int64
    /// Microseconds of a clock that a restart of the machine sets back; means nothing for a window.
    package var at: Int64
    /// Tokens that were held and not spent.
    package var inHand: Int64
    /// When the window ends, in microseconds since 1970; 0 for a bucket.
    package var windowEnd: Int64
    package var isOverflow: Bool
}

extension StoredCounter {
    /// What the journal kept of a window; nil when its amount is none.
    package init?(_ window: WindowCount) {
        guard let terms = LimitTerms(window: window.amount) else { return nil }
        self.init(
            key: window.key, terms: terms, credit: window.amount &- window.used, at: 0, inHand: 0,
            windowEnd: window.end, isOverflow: window.isOverflow)
    }
}

/// What an agent knows of one tag of keys, the store's unit of forgetting and of answering.
package struct TagView: Sendable, BitwiseCopyable {
    /// How the store does for the keys of a tag.
    package enum State: UInt8, Sendable, BitwiseCopyable {
        /// It answers, and grants.
        case shared
        /// It has not answered for a while: outage policies decide, and nothing waits.
        case alone
        /// It answers, and grants nothing yet, as it may have forgotten something.
        case frozen
    }

    /// Microseconds without an answer after which the store is taken to be away.
    package static var patience: Int64 { 100_000 }

    package var fence = FenceView()
    /// Since when calls have had no answer; 0 while they have.
    private var silentSince: Int64
    /// Whether it ever answered.
    package private(set) var isKnown = false

    /// - Parameter now: nobody has answered yet, and calls are about to be made.
    package init(now: Int64) { silentSince = max(1, now) }

    @inline(__always)
    package func state(_ now: Int64) -> State {
        if silentSince != 0, now &- silentSince >= Self.patience { return .alone }
        if let thaw = fence.thawAt, now < thaw { return .frozen }
        return .shared
    }

    /// Whether a call has had no answer for longer than any should take.
    package func isSilent(_ now: Int64) -> Bool { silentSince != 0 && now &- silentSince >= Self.patience / 2 }

    /// A call is on its way.
    package mutating func asked(now: Int64) { if silentSince == 0 { silentSince = max(1, now) } }

    /// The store has answered, whatever it said.
    package mutating func answered() { (silentSince, isKnown) = (0, true) }
}

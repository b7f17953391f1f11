/// Why a limit would let a request pass now, or not, and until when.
package struct LimitExplanation: Sendable, Equatable {
    /// What a check of the request would find.
    package enum Finding: Sendable, Equatable {
        case passes
        /// Not before so many microseconds, as far as is known.
        case denied(microseconds: Int64)
        /// Nothing is in hand: the store would be asked.
        case asks
        /// More than the capacity: never.
        case never
        /// The store does not answer, or grants nothing yet: the outage policy would decide.
        case outage(OutagePolicy)
    }

    /// The number of the limit in the running policy.
    package var limit: Int
    package var finding: Finding
    /// Whether a refusal denies: not for shadow rules and keys outside an `enforce` share.
    package var isEnforced: Bool
    package var tokens: Int64
    package var capacity: Int64
    /// Tokens in hand here; without a shared store all that are left.
    package var inHand: Int64
    /// Tokens that the shared store had by its last answer; nil where nothing is shared or it was not asked.
    package var inStore: Int64?
    package var waiting: Int
    /// Microseconds until the limit is full again, or its window ends.
    package var reset: UInt64
}

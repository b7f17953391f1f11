/// What a decision rested on; the numbers are the wire's.
package enum DecisionState: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// Counters of this agent only: no shared store is configured.
    case local = 0
    /// Leases from the shared store, which answers.
    case shared = 1
    /// The shared store does not answer; the rule's outage policy decided.
    case alone = 2
    /// Counted, not enforced: `WEIR_ENFORCE` is `shadow` or `off`.
    case shadow = 3
    /// Something that a newer agent knows.
    case unknown = 255

    package var name: StaticString {
        switch self {
        case .local: "local"
        case .shared: "shared"
        case .alone: "alone"
        case .shadow: "shadow"
        case .unknown: "unknown"
        }
    }
}

/// Why a policy that is right cannot be put in force on this agent.
package enum PolicyRefusal: Error, Equatable, Sendable {
    /// The table has no room for so many overflow entries.
    case tooManyLimits(maximum: Int, found: Int)
    /// Too many amounts of earlier policies are still counted in.
    case tooManyTerms
    /// The agent's rules and those of plans use too many different custom attributes.
    case tooManyAttributes(maximum: Int, found: Int)
    /// The shared store keeps what was used, or begins anew.
    case proportionalWhileShared(limit: String)
}

extension PolicyRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooManyLimits(let maximum, let found):
            "expected at most \(maximum) limits with this WEIR_MAX_KEYS, found \(found): raise WEIR_MAX_KEYS"
        case .tooManyAttributes(let maximum, let found):
            "expected at most \(maximum) custom attributes in the agent's rules and those of plans together, found \(found)"
        case .proportionalWhileShared(let limit):
            "\(limit): expected \"on change keep\" or \"on change reset\" with WEIR_REDIS_URL, found proportional"
        case .tooManyTerms:
            "too many amounts of earlier policies are still in use: try again when their counters are full, or restart"
        }
    }
}

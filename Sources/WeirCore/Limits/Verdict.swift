/// The three answers to a check; the numbers are the wire's.
package enum Verdict: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case allow = 0
    case deny = 1
    /// The agent could not decide; the client's own policy for trouble applies.
    case error = 2

    package var name: StaticString {
        switch self {
        case .allow: "allow"
        case .deny: "deny"
        case .error: "error"
        }
    }
}

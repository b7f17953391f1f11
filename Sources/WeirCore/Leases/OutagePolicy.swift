/// What a rule says of checks that the store does not answer for: `else … on outage`.
package enum OutagePolicy: String, CaseIterable, Sendable, BitwiseCopyable {
    /// Nothing beyond what is leased: the bound holds.
    case deny
    /// This agent's share of the amount: 2B + R × d of all together.
    case local
    /// No limit.
    case allow
}

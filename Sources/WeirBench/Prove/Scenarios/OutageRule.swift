/// What a scenario's limit says of an outage of the store.
package enum OutageRule: String, CaseIterable, Sendable {
    case deny
    case local

    /// The clause of the rule.
    var clause: String { "else \(rawValue) on outage" }
}

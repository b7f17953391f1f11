/// What agents do when the collector is away and the windows that they hold are used up.
package enum PlanOutage: Hashable, Sendable {
    case deny
    /// Each agent lets so much more through.
    case overdraft(Allowance)
    case open
}

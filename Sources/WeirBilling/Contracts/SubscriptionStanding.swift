/// Whether a subscription gives access, and why not.
package enum SubscriptionStanding: String, CaseIterable, Hashable, Sendable {
    case trial, active
    /// Taken back by whoever sells, for a while. Periods go on.
    case paused
    /// Something is due for longer than the plan's grace.
    case overdue
    case ended

    package var givesAccess: Bool { self == .trial || self == .active }
}

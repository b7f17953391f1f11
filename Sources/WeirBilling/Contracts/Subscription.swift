/// A consumer's plan over time: one contract after the other, without a second between them.
///
/// A plain value and no clock: `advance` is told the time, and may be told it late; contracts begin and end when they have to. Each
/// change answers with what it calls for. After an error nothing has changed.
package struct Subscription: Hashable, Sendable {
    package let id: String
    /// That of the contract.
    package internal(set) var plan: Plan
    /// The one in force, or the last one.
    package internal(set) var contract: Contract
    /// From when periods count: the start, the trial's end, or a change that moved the billing day.
    package internal(set) var anchor: Int64
    /// What happens at the contract's end instead of a renewal.
    package internal(set) var next: Next?
    /// Since when something is due and unpaid.
    package internal(set) var dueSince: Int64?
    package internal(set) var isPaused: Bool
    /// The contract is over and none follows until it is paid.
    package internal(set) var isLapsed: Bool
    package internal(set) var endedAt: Int64?

    package enum Next: Hashable, Sendable {
        case change(Plan)
        case cancel
    }

    /// One that is stored.
    package init(
        id: String, plan: Plan, contract: Contract, anchor: Int64, next: Next? = nil, dueSince: Int64? = nil,
        isPaused: Bool = false, isLapsed: Bool = false, endedAt: Int64? = nil
    ) {
        self.id = id
        self.plan = plan
        self.contract = contract
        self.anchor = anchor
        self.next = next
        self.dueSince = dueSince
        self.isPaused = isPaused
        self.isLapsed = isLapsed
        self.endedAt = endedAt
    }

    package func standing(at now: Int64) -> SubscriptionStanding {
        if let endedAt, endedAt <= now { return .ended }
        if isLapsed || isOverdue(at: now) { return .overdue }
        if isPaused { return .paused }
        return contract.isTrial ? .trial : .active
    }

    /// When service ends if nothing is paid; nil where nothing is due.
    package var overdueAt: Int64? {
        guard let dueSince else { return nil }
        let (instant, overflow) = dueSince.addingReportingOverflow(plan.overdueGraceSeconds)
        return overflow ? .max : instant
    }

    func isOverdue(at now: Int64) -> Bool { overdueAt.map { $0 <= now } ?? false }
}

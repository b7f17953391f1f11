package import WeirBilling

/// A subscription as it stands, for whoever asks.
package struct SubscriptionDetail: Equatable, Sendable {
    package let row: SubscriptionRow
    /// The contract in force, or the last one.
    package let contract: Contract
    package let standing: SubscriptionStanding
    package let next: Next
    /// When what follows happens; nil for nothing.
    package let nextAt: Int64?
    /// The plan's version that follows; nil where none does.
    package let nextPlanID: String?
    package let dueSince: Int64?
    /// What is due; below 0 what the consumer has left for the next fee.
    package let due: Money

    package enum Next: String, CaseIterable, Sendable { case renewal, change, cancel, nothing }
}

extension Contracts {
    /// What is known of a subscription, without changing anything of it.
    package func detail(_ row: SubscriptionRow) throws(StoreError) -> SubscriptionDetail {
        let rows = try connection.run(
            "SELECT \(HeldSubscription.columns) FROM subscription_state WHERE id = $1", [.text(row.id)])
        guard let state = rows.first else {
            throw StoreError(.failed, "subscription \(row.id) has no state: run weir fsck")
        }
        let held = try read(state, of: row)
        let value = held.value
        let next: SubscriptionDetail.Next =
            if value.endedAt != nil || value.isLapsed || held.end == nil { .nothing } else if held.isLast {
                .cancel
            } else { held.followingPlan == nil ? .renewal : .change }
        return SubscriptionDetail(
            row: row, contract: value.contract, standing: value.endedAt == nil ? value.standing(at: now) : .ended,
            next: next, nextAt: next == .nothing ? nil : held.end,
            nextPlanID: next == .renewal ? row.planID : held.followingPlan, dueSince: value.dueSince,
            due: Money(
                nano: try ledger.outstanding(of: row.id, in: value.plan.currency), value.plan.currency))
    }
}

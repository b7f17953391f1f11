/// One line of the policy document.
package enum PolicyRecord: Equatable, Sendable {
    case product(ProductRecord)
    case route(RouteRecord)
    case plan(PlanRecord)
    case meter(MeterRecord)
    case subscription(SubscriptionRecord)
    case grant(GrantRecord)
    case key(KeyRecord)
    /// What was there before, and is not any more.
    case gone(RecordKind, RecordID)
}

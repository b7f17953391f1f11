/// How a plan is paid.
package enum PlanMode: String, CaseIterable, Hashable, Sendable {
    /// Units bought at once, used until they are gone or expire, and bought again.
    case package
    /// Access, with units where it grants any, for a period that renews.
    case subscription
    /// A balance that is topped up and pays for what is used.
    case payg
    /// An invoice after the period, up to a credit limit.
    case postpaid

    /// When usage beyond grants is paid, which decides what prices may do.
    package var settlement: Settlement {
        switch self {
        case .package, .payg: .prepaid
        case .subscription, .postpaid: .arrears
        }
    }
}

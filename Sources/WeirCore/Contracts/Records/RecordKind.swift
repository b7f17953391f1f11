/// What a record of the policy document is; the name is its first field.
package enum RecordKind: String, Sendable, CaseIterable {
    case product, route, plan, meter, subscription, grant, key

    /// What the ids of such records begin with.
    package var prefix: StaticString {
        switch self {
        case .product: RecordID.product
        case .route: RecordID.route
        case .plan: RecordID.plan
        case .meter: RecordID.meter
        case .subscription: RecordID.subscription
        case .grant: RecordID.grant
        case .key: RecordID.key
        }
    }
}

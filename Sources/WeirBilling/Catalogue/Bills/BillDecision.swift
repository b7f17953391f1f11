/// Whether a call is billed.
package enum BillDecision: Hashable, Sendable {
    case billable
    case unbilled(UnbilledReason)
}

/// Why a call is not billed: the first condition that does not hold, or that nothing was reported. Usage counts calls under it.
package enum UnbilledReason: String, CaseIterable, Hashable, Sendable {
    case unreported, status, method, product, route, plan

    init(_ attribute: BillFilter.Attribute) {
        self =
            switch attribute {
            case .status: .status
            case .method: .method
            case .product: .product
            case .route: .route
            case .plan: .plan
            }
    }
}

/// What a plan says of calls that nothing is reported of.
package enum UnreportedCalls: String, CaseIterable, Hashable, Sendable {
    case bill, skip
}

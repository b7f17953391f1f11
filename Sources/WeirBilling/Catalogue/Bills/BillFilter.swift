/// Which calls a meter bills: conditions that all have to hold, each with values of which one has to.
///
///     status=2xx|404 method=GET route!=health
///
/// A call that is not billed is counted all the same, under the reason that `decide` gives.
package struct BillFilter: Hashable, Sendable {
    /// One condition for each attribute at most, in the order of `Attribute`.
    package let conditions: [Condition]

    package struct Condition: Hashable, Sendable {
        package let attribute: Attribute
        /// `!=`: holds where none of the values does.
        package let isNegated: Bool
        /// Sorted; never empty.
        package let values: [String]
    }

    /// What conditions are of, in the order in which they are asked.
    package enum Attribute: String, CaseIterable, Hashable, Sendable {
        case status, method, product, route, plan
    }

    /// The filter without conditions.
    package static let everything = BillFilter(checked: [])

    init(checked conditions: [Condition]) { self.conditions = conditions }

    /// Whether a call is billed, or why not.
    ///
    /// `unreported`: what the call's plan says of calls without a report. A condition on the status needs a report, whatever the
    /// plan says: nobody knows what the answer was.
    package func decide(_ call: BillableCall, unreported: UnreportedCalls) -> BillDecision {
        if call.status == nil, unreported == .skip || tests(.status) { return .unbilled(.unreported) }
        for condition in conditions where condition.holds(for: call) == condition.isNegated {
            return .unbilled(UnbilledReason(condition.attribute))
        }
        return .billable
    }

    package func tests(_ attribute: Attribute) -> Bool { conditions.contains { $0.attribute == attribute } }

    /// Whether usage totals are enough to decide: they keep product, route, plan and the class of the status, but neither the method nor
    /// the exact code.
    package var isDecidedByTotals: Bool {
        !conditions.contains {
            $0.attribute == .method || $0.attribute == .status && !$0.values.allSatisfy(StatusPattern.isClass)
        }
    }
}

extension BillFilter.Condition {
    fileprivate func holds(for call: BillableCall) -> Bool {
        switch attribute {
        case .status: call.status.map { status in values.contains { StatusPattern.matches($0, status) } } ?? false
        case .method: values.contains(call.method)
        case .product: values.contains(call.product)
        case .route: values.contains(call.route)
        case .plan: values.contains(call.plan)
        }
    }
}

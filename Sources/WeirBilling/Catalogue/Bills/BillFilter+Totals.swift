/// What usage totals tell of a filter: they keep product, route, plan and the class of the status, but neither the method nor the exact
/// code.
extension BillFilter {
    package enum TotalsDecision: Hashable, Sendable {
        case billable
        case unbilled(UnbilledReason)
        /// Some of the calls are billed, maybe; the others are not, for this reason.
        case unsure(UnbilledReason)
    }

    /// Whether the calls of a total are billed.
    ///
    /// - Parameters:
    ///   - call: what is known of each of them; its status is any one of the class, its method is not looked at.
    ///   - unreported: what the calls' plan says of calls without a report.
    package func decideByTotals(_ call: BillableCall, unreported: UnreportedCalls) -> TotalsDecision {
        if call.status == nil, unreported == .skip || tests(.status) { return .unbilled(.unreported) }
        var doubt: UnbilledReason?
        for condition in conditions {
            let reason = UnbilledReason(condition.attribute)
            switch condition.holds(forTotalsOf: call) {
            case true?: continue
            case false?: return .unbilled(reason)
            case nil: doubt = doubt ?? reason
            }
        }
        return doubt.map(TotalsDecision.unsure) ?? .billable
    }
}

extension BillFilter.Condition {
    /// Whether it holds for all calls of a total, for none (false), or nobody knows (nil).
    fileprivate func holds(forTotalsOf call: BillableCall) -> Bool? {
        let isMet: Bool?
        switch attribute {
        case .method: isMet = nil
        case .product: isMet = values.contains(call.product)
        case .route: isMet = values.contains(call.route)
        case .plan: isMet = values.contains(call.plan)
        case .status:
            guard let status = call.status else { return nil }
            let digit = "\(status / 100)"
            if values.contains("\(digit)xx") {
                isMet = true
            } else {
                isMet = values.contains { $0.hasPrefix(digit) } ? nil : false
            }
        }
        return isMet.map { $0 != isNegated }
    }
}

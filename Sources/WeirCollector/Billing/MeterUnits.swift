import WeirBilling
import WeirCore
import WeirStore

/// What a meter counts of usage totals, as far as they tell.
struct MeterUnits {
    let code: String
    let filter: BillFilter
    private let dimension: MeterRow.Dimension
    private let plan: String
    private let unreported: UnreportedCalls

    /// - Parameter plan: the code of the plan that is counted for.
    init(_ meter: PlanMeterRow, of plan: Plan) throws(StoreError) {
        code = meter.code
        dimension = meter.dimension
        self.plan = plan.code
        unreported = plan.unreported
        do throws(BillingError) {
            filter = try BillFilter(meter.filter)
        } catch {
            throw StoreError(.failed, "the filter of meter \(meter.code): \(error)")
        }
    }

    /// Whether calls of an outcome are billed; nil for outcomes that are of no calls, or of calls that others count.
    func decide(_ usage: UsageSum, _ outcome: Outcome) -> BillFilter.TotalsDecision? {
        let status: Int?
        switch outcome.rawValue {
        case 1, 2: status = nil
        case 11...15: status = Int(outcome.rawValue - 10) * 100
        default: return nil
        }
        return filter.decideByTotals(
            BillableCall(status: status, product: usage.product, route: usage.route, plan: plan), unreported: unreported
        )
    }

    /// Units of a sum, below 0 for what has been resolved: a call that was reported counts under its status, and no more as unreported.
    func units(_ usage: UsageSum) -> Int64 {
        guard let decision = decide(usage, usage.outcome) else { return 0 }
        if case .unbilled = decision { return 0 }
        let totals = usage.totals
        let amount =
            switch dimension {
            case .calls: totals.calls
            case .bytesIn: totals.bytesIn
            case .bytesOut: totals.bytesOut
            case .units: totals.units
            }
        return usage.outcome == .resolved ? -Int64(clamping: amount) : Int64(clamping: amount)
    }
}

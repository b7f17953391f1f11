import WeirBilling
import WeirCore
import WeirStore

/// Calls under contracts by meter: how many were billed, and why the others were not.
struct BillingReport {
    /// One meter of one consumer's plan.
    struct Row: Equatable {
        let consumer: String
        let plan: String
        let version: Int64
        let meter: String
        /// Billed units, as they were drawn or will be charged.
        var units: Int64 = 0
        var billed: Int64 = 0
        /// Calls by the reason why they were not billed: `status`, `unreported`, `denied-rate`, …
        var unbilled: [String: Int64] = [:]

        var calls: Int64 { billed + unbilled.values.reduce(0, +) }
    }

    private(set) var rows: [Row] = []

    init(_ usage: [UsageSum], _ catalogue: Catalogue) throws(StoreError) {
        var meters = BilledMeters(catalogue)
        var parts: [Part: [UsageSum]] = [:]
        for row in usage {
            guard let plan = try meters.plan(of: row.contract) else { continue }
            parts[Part(consumer: row.consumer, plan: plan), default: []].append(row)
        }
        for (part, usage) in parts.sorted(by: { ($0.key.consumer, $0.key.plan) < ($1.key.consumer, $1.key.plan) }) {
            let detail = try catalogue.detail(try catalogue.plan(part.plan, field: "plan"))
            let plan = try detail.plan.plan()
            var counted = detail.meters
            if counted.isEmpty {
                counted = [
                    PlanMeterRow(
                        planID: part.plan, code: BilledMeters.calls, dimension: .calls, filter: "", ceilingNano: 0,
                        ceilingPer: 1)
                ]
            }
            for meter in counted.sorted(by: { $0.code < $1.code }) {
                var row = Row(consumer: part.consumer, plan: plan.code, version: plan.version, meter: meter.code)
                let rule = try MeterUnits(meter, of: plan)
                for sum in usage {
                    let drawn = try meters.meter(of: sum.grant, in: sum.contract)
                    row.add(sum, rule, meter.dimension, isDrawn: drawn == meter.code)
                }
                // Without meters there is nothing to draw: its calls are what is counted.
                if detail.meters.isEmpty { row.units = row.billed }
                row.unbilled = row.unbilled.filter { $0.value != 0 }
                rows.append(row)
            }
        }
    }

    private struct Part: Hashable {
        let consumer: String
        let plan: String
    }
}

extension BillingReport.Row {
    /// Counts a sum of usage.
    ///
    /// - Parameter isDrawn: whether it was drawn for this meter: what totals do not tell, that does.
    fileprivate mutating func add(
        _ usage: UsageSum, _ rule: MeterUnits, _ dimension: MeterRow.Dimension, isDrawn: Bool
    ) {
        let (outcome, calls) = (usage.outcome, Int64(clamping: usage.totals.calls))
        let sign: Int64 = outcome == .resolved ? -1 : 1
        if outcome.rawValue > 100 { unbilled[outcome.name, default: 0] += calls }
        guard let decision = rule.decide(usage, outcome) else { return }
        let drawn = Int64(clamping: usage.totals.units)
        if isDrawn { units += sign * drawn }
        switch decision {
        case .billable: billed += sign * calls
        case .unbilled(let reason): unbilled[reason.rawValue, default: 0] += sign * calls
        case .unsure(let reason):
            // Calls that are not billed after all have drawn nothing.
            let paid = !isDrawn ? 0 : dimension == .calls ? min(drawn, calls) : calls
            billed += sign * paid
            unbilled[reason.rawValue, default: 0] += sign * (calls - paid)
        }
    }
}

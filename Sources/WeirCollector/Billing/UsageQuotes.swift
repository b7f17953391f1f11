import WeirBilling
import WeirCalendar
import WeirStore

/// What usage that is over would have cost under another plan, and for whom that is a change.
struct UsageQuotes {
    /// Contracts of one comparison.
    private static let maximumContracts = 10_000

    let comparison: PlanComparison
    /// Consumers that pay in another currency, which are left out.
    let skipped: [String]
    /// Meters whose filters usage totals do not decide: all calls that may be billed are taken to be.
    let approximate: Set<String>

    /// - Parameters:
    ///   - draft: the plan that is tried.
    ///   - code: only contracts to this plan; nil for all that are of the draft's products.
    init(
        _ draft: Catalogue.PlanDraft, of code: String?, in span: UsageSpan, _ catalogue: Catalogue
    ) throws(StoreError) {
        let plan = try draft.plan.plan()
        let meters = try catalogue.resolved(draft)
        var usage: [String: [UsageSum]] = [:]
        let question = UsageSum.Question(hours: span.hours, byHour: true, products: draft.products)
        for row in try catalogue.usage(question) { usage[row.subscription, default: []].append(row) }
        var terms: [String: (plan: Plan, meters: [PlanMeterRow])] = [:]
        var (before, after): ([PlanQuote], [PlanQuote]) = ([], [])
        var (skipped, approximate): ([String], Set<String>) = ([], [])
        let contracts = try catalogue.contracts(
            of: draft.products, plan: code, in: span.seconds, limit: Self.maximumContracts + 1)
        guard contracts.count <= Self.maximumContracts else {
            throw .refused(
                .invalid, "of", "expected at most \(Self.maximumContracts) contracts, found more: name a plan of fewer")
        }
        let several = Dictionary(grouping: contracts, by: \.consumer.id).filter { $0.value.count > 1 }
        for (contract, consumer) in contracts {
            var label = consumer.externalID ?? consumer.id
            if several[consumer.id] != nil { label += " \(contract.id)" }
            if terms[contract.planID] == nil {
                let detail = try catalogue.detail(try catalogue.plan(contract.planID, field: "of"))
                terms[contract.planID] = (try detail.plan.plan(), detail.meters)
            }
            guard let now = terms[contract.planID], now.plan.currency == plan.currency else {
                skipped.append(label)
                continue
            }
            let rows = usage[contract.id] ?? []
            before.append(try quote(label, contract, rows, now.plan, now.meters, span))
            after.append(try quote(label, contract, rows, plan, meters, span))
            approximate.formUnion(try unsure(meters, of: plan, rows))
        }
        (self.skipped, self.approximate) = (skipped, approximate)
        do throws(BillingError) {
            comparison = try PlanComparison(before: before, after: after, plan.currency)
        } catch {
            throw Self.refused(error)
        }
    }
}

/// Meters of whose calls the totals do not tell whether they are billed.
private func unsure(_ meters: [PlanMeterRow], of plan: Plan, _ usage: [UsageSum]) throws(StoreError) -> [String] {
    var codes: [String] = []
    for meter in meters {
        let units = try MeterUnits(meter, of: plan)
        let isUnsure = usage.contains { row in
            if case .unsure = units.decide(row, row.outcome) { true } else { false }
        }
        if isUnsure { codes.append(meter.code) }
    }
    return codes
}

private func quote(
    _ label: String, _ contract: SubscriptionRow, _ usage: [UsageSum], _ plan: Plan, _ meters: [PlanMeterRow],
    _ span: UsageSpan
) throws(StoreError) -> PlanQuote {
    var hours: [PeriodUsage.Hour] = []
    for meter in meters {
        let units = try MeterUnits(meter, of: plan)
        var sums: [Int64: Int64] = [:]
        for row in usage { sums[row.hour, default: 0] += units.units(row) }
        for (hour, sum) in sums where sum > 0 {
            hours.append(PeriodUsage.Hour(start: hour * 3_600, meter: meter.code, units: sum))
        }
    }
    do throws(BillingError) {
        let end = min(span.seconds.upperBound, contract.endsAt ?? .max)
        let start = min(max(span.seconds.lowerBound, contract.startsAt / 3_600 * 3_600), end)
        let periods = try PeriodUsage.split(
            hours, of: start..<end, by: plan, since: contract.startsAt / 3_600 * 3_600, clock: PeriodCalendar())
        return try PlanQuote(label, under: plan, periods)
    } catch {
        throw UsageQuotes.refused(error)
    }
}

extension UsageQuotes {
    fileprivate static func refused(_ error: BillingError) -> StoreError {
        .refused(.invalid, "text", "\(error.field): expected \(error.expected), found \(error.found); \(error.advice)")
    }
}

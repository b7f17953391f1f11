import Testing
import WeirCore

/// A limiter with one subscription, whose plan has whatever meters and grants a test wants, and a collector that a test fills.
struct DrawHarness {
    typealias Sold = SoldThings

    static let request = "host=api.example.com path=/v1/forecast/x api_key=\(Sold.key(20))"
    static let history = "host=api.example.com path=/v1/history api_key=\(Sold.key(20))"

    let limiter: LimiterHarness
    let bank: Bank

    init(
        mode: PlanRecord.Mode = .package, unreported: PlanRecord.Unreported = .bill, outage: String = "deny",
        rules: String = "", meters: [PolicyRecord], grants: [PolicyRecord], left: [UInt64: Int64], openChecks: Int = 100
    ) throws {
        limiter = try LimiterHarness("", openChecks: openChecks)
        bank = Bank(left)
        limiter.open()
        let plan = PolicyRecord.plan(
            PlanRecord(
                id: Sold.id(4), code: "pack", version: 1, mode: mode, unreported: unreported, outage: outage,
                rules: rules))
        let records =
            [
                Sold.product(1, "weather", hosts: ["api.example.com"]),
                Sold.route(2, of: 1, "forecast", "/v1/forecast*"), Sold.route(3, of: 1, "history", "/v1/history*"),
                plan, Sold.subscription(10, of: 100, to: 4), Sold.key(20, of: 100),
            ] + meters + grants
        try limiter.sell(try ContractBook.whole(records))
    }

    /// The number of a meter's record; those of different codes differ.
    static func meter(
        _ code: String, _ dimension: MeterRecord.Dimension = .calls, ceiling: Int64 = 0, filter: String = "",
        _ usedUp: MeterRecord.UsedUp? = .deny
    ) -> PolicyRecord {
        .meter(
            MeterRecord(
                id: Sold.id(1_000 + UInt64(code.utf8.reduce(0) { ($0 * 31 + Int($1)) % 9_973 })), plan: Sold.id(4),
                code: code, dimension: dimension, ceilingNumerator: ceiling, ceilingDenominator: 1, filter: filter,
                usedUp: usedUp))
    }

    static func grant(
        _ number: UInt64, _ unit: String, priority: Int64 = 0, scope: String = "", state: GrantRecord.State = .open
    ) -> PolicyRecord {
        .grant(
            GrantRecord(
                id: Sold.id(number), subscription: Sold.id(10), unit: unit, priority: priority, created: 0, until: nil,
                state: state, scope: scope))
    }

    /// Checks, and waits for the bank as long as the check does.
    func check(_ words: String = request, cost: UInt32 = 1) throws -> Decision {
        for _ in 0..<20 {
            let decision = try limiter.check(words, cost: cost)
            guard decision.isWaiting else { return decision }
            limiter.pass(milliseconds: 25)
            bank.serve(limiter)
        }
        return try limiter.check(words, cost: cost, mayWait: false)
    }

    var counters: WindowCounters { limiter.limiter.windowCounters }

    @discardableResult
    func report(_ decision: Decision, status: UInt16 = 200, bytesOut: UInt64 = 0) -> ReportOutcome {
        limiter.report(Report(ticket: decision.ticket, status: status, bytesOut: bytesOut))
    }

    /// Totals by what cells say pays, as a successor recovers them: `calls` and bytes, and the units by outcome.
    func cells(_ grant: String) -> (calls: UInt64, bytesOut: UInt64, units: [String: UInt64]) {
        var sum: (calls: UInt64, bytesOut: UInt64, units: [String: UInt64]) = (0, 0, [:])
        for cell in limiter.recovered() where cell.dimensions.grant == grant {
            sum.calls += cell.outcome == .admitted ? cell.totals.calls : 0
            sum.bytesOut += cell.totals.bytesOut
            sum.units[cell.outcome.name, default: 0] += cell.totals.units
        }
        return sum
    }

    /// Units that are billed by what pays: Σ of the classes + admitted − resolved.
    func billed(_ grant: String) -> Int64 {
        limiter.recovered().filter { $0.dimensions.grant == grant }.reduce(0) { sum, cell in
            let units = Int64(cell.totals.units)
            return sum + (cell.outcome == .resolved ? -units : cell.outcome.name.hasPrefix("denied") ? 0 : units)
        }
    }

    static func name(_ number: UInt64, _ meter: String = "") -> String {
        Sold.id(number).text(RecordID.grant) + (meter.isEmpty ? "" : "/\(meter)")
    }
}

/// A line computed again from what it is made of: its hours, its plan, its price.
package struct LineExplanation: Hashable, Sendable {
    /// What one agent counted in one hour, of what the line charges.
    package struct Hour: Hashable, Sendable {
        /// When it begins, in seconds since 1970.
        package let start: Int64
        package let agent: String
        package let units: Int64

        package init(start: Int64, agent: String, units: Int64) {
            self.start = start
            self.agent = agent
            self.units = units
        }
    }

    /// For people, one step each.
    package let steps: [String]
    /// What the line comes to when it is computed again.
    package let money: RoundedLine
    /// The units of the hours; nil where the line counts none.
    package let counted: Int64?
    /// Everything that does not agree; empty where all does.
    package let differences: [String]

    /// - Parameters:
    ///   - plan: the version that the line names.
    ///   - contract: that of the line, from which its fee is computed again; nil to take the fee as it is.
    ///   - hours: nil where they are not looked at.
    package init(_ line: InvoiceLine, under plan: Plan, contract: Contract? = nil, hours: [Hour]? = nil)
        throws(BillingError)
    {
        guard plan.code == line.plan, plan.version == line.planVersion else {
            throw BillingError(
                "plan", expected: "version \(line.planVersion) of \(line.plan), which the line names",
                found: "version \(plan.version) of \(plan.code)", advice: "look up the version")
        }
        if let contract, contract.name != line.contract {
            throw BillingError(
                "contract", expected: line.contract, found: contract.name, advice: "look up the contract")
        }
        var steps: [String] = []
        let exact = try Self.exact(line, plan, contract, &steps)
        money = try RoundedLine(exact, carriedIn: line.money.carriedIn)
        steps.append("exact: \(exact)")
        if !line.money.carriedIn.isZero { steps.append("carried from the line before: \(line.money.carriedIn)") }
        steps.append("rounded: \(money.amount); carried to the next line: \(money.carry)")
        var differences: [String] = []
        if money != line.money {
            differences.append("the line has \(line.amount), computed again it is \(money.amount)")
        }
        var counted: Int64?
        if let hours, let to = line.unitsTo {
            let units = hours.reduce(Int128(0)) { $0 + Int128($1.units) }
            // Minimums look at all units of the period, not only at the line's.
            let expected = to - (line.unitsFrom ?? 0)
            if units != Int128(expected) {
                differences.append("the line has \(expected) units, its hours have \(units)")
            }
            counted = Int64(clamping: units)
        }
        self.steps = steps
        self.counted = counted
        self.differences = differences
    }

    private static func exact(_ line: InvoiceLine, _ plan: Plan, _ contract: Contract?, _ steps: inout [String])
        throws(BillingError) -> ExactAmount
    {
        switch line.kind {
        case .fee, .credit:
            return try fee(line, plan, contract, &steps)
        case .granted:
            steps += line.draws.map { "drawn from \($0.grant): \($0.allowance.amount) \($0.allowance.unit)" }
            return line.money.exact
        case .paid:
            var total = Money.zero(line.amount.currency)
            for draw in line.draws {
                guard case .money(let amount) = draw.allowance else { continue }
                steps.append("paid from \(draw.grant): \(amount)")
                total = try total.adding(amount)
            }
            // A fraction of a nano-unit that no balance could pay is paid with it.
            let paid = try ExactAmount(total).negated()
            return try line.money.exact.negated().whole == total ? line.money.exact : paid
        case .usage, .minimum, .adjustment: return try charged(line, plan, &steps)
        }
    }

    private static func fee(
        _ line: InvoiceLine, _ plan: Plan, _ contract: Contract?, _ steps: inout [String]
    ) throws(BillingError) -> ExactAmount {
        guard let contract else { return line.money.exact }
        guard let span = contract.span else {
            steps.append("fee of one purchase of \(plan.code) \(plan.version): \(plan.feeOrZero)")
            return ExactAmount(plan.feeOrZero)
        }
        let share = try span.prorated(plan.feeOrZero).share(from: line.serviceStart, to: span.end)
        steps.append(
            "\(plan.feeOrZero) for \(span.end - span.wholeStart) seconds, of which \(span.end - line.serviceStart) are \(line.kind == .fee ? "charged" : "given back")"
        )
        return line.kind == .fee ? share : try share.negated()
    }

    private static func charged(_ line: InvoiceLine, _ plan: Plan, _ steps: inout [String]) throws(BillingError)
        -> ExactAmount
    {
        guard let meter = line.meter, let to = line.unitsTo, let price = try plan.priceFunction(of: meter) else {
            throw BillingError(
                "line", expected: "a meter that the plan prices", found: line.meter ?? "none",
                advice: "look up the version")
        }
        let isOver = line.kind != .usage
        steps.append("price of \(meter) in \(plan.code) \(plan.version): \(PlanText.print(price.model, of: meter))")
        for units in [to] + (line.unitsFrom.map { [$0] } ?? []) {
            let cost = isOver ? try price.closingCost(of: units) : try price.cost(of: units)
            steps.append("\(units) units cost \(cost):")
            for step in try PriceBreakdown.steps(price.model, units: units, in: plan.currency, isOver: isOver) {
                steps.append("  \(step.text)\(step.amount.map { ": \($0)" } ?? "")")
            }
        }
        return switch line.kind {
        case .minimum: try LineAmount.minimum(price, to)
        case .adjustment: try LineAmount.adjustment(price, (line.unitsFrom ?? 0, to))
        default: try LineAmount.usage(price, (line.unitsFrom, to))
        }
    }
}

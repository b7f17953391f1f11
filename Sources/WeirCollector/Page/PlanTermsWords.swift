import WeirBilling

/// The terms of a plan in words, for people.
enum PlanTermsWords {
    /// What to call each term, and what it is.
    static func lines(_ plan: Plan) -> [(name: String, text: String)] {
        var lines: [(name: String, text: String)] = [("Paid", mode(plan))]
        if let period = plan.period { lines.append(("Period", "every \(period.length), \(zone(period))")) }
        if plan.trialDays > 0 { lines.append(("Trial", "\(plan.trialDays) days")) }
        if !plan.grants.isEmpty {
            lines.append(("Includes", plan.grants.map { allowance($0.allowance) }.joined(separator: ", ")))
        }
        for (meter, price) in plan.prices.sorted(by: { $0.key < $1.key }) {
            lines.append(("Price of \(meter)", "\(PlanText.print(price.model, of: meter)) (\(plan.currency.code))"))
        }
        for meter in Set(plan.grants.compactMap(\.allowance.meter)).sorted() {
            lines.append(("When \(meter) is used up", usedUp(plan.whenUsedUp(meter))))
        }
        if let limit = plan.creditLimit { lines.append(("Credit", "up to \(limit)")) }
        return lines
    }

    private static func mode(_ plan: Plan) -> String {
        let fee = plan.fee.flatMap { $0.nano > 0 ? "\($0)" : nil } ?? "nothing"
        switch plan.mode {
        case .package:
            let end = plan.expiry.map { "good for \($0.length)" } ?? "without an end"
            return "\(fee), once; \(end), and bought again at will"
        case .subscription: return "\(fee) each period"
        case .payg: return "from a balance that is topped up"
        case .postpaid: return "\(fee) each period, and what was used, on an invoice"
        }
    }

    private static func zone(_ period: Period) -> String {
        period.anchor == .signup
            ? "from the day of the signup, in \(period.zone)" : "from \(period.anchor), in \(period.zone)"
    }

    private static func allowance(_ allowance: Allowance) -> String {
        switch allowance {
        case .units(let units, let meter): "\(units) \(meter)"
        case .money(let money): "\(money)"
        }
    }

    private static func usedUp(_ usedUp: WhenUsedUp) -> String {
        switch usedUp {
        case .deny: "calls are denied"
        case .charge: "calls are charged at the price"
        case .chargeTo(let cap): "calls are charged at the price, up to \(cap)"
        }
    }
}

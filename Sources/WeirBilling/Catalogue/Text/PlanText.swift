/// Plans as text that people read and write: one statement a line. The specification is `protocol/plans.md`.
package enum PlanText {
    /// Reads a plan. What it says of products, meters, zones and rules is not compared with them yet.
    ///
    /// - Throws: every error that is found, in the order of the text.
    package static func parse(_ text: String) throws(PlanErrors) -> PlanDraft {
        let start = PlanPosition(line: 1, column: 1)
        guard text.utf8.count <= PlanLimits.text else {
            throw PlanErrors([
                PlanError(at: start, "expected at most \(PlanLimits.text) bytes, found \(text.utf8.count)")
            ])
        }
        guard text.utf8.lazy.filter({ $0 == UInt8(ascii: "\n") }).count < PlanLimits.lines else {
            throw PlanErrors([PlanError(at: start, "expected at most \(PlanLimits.lines) lines, found more")])
        }
        var parser = PlanParser(PlanLexer(text))
        return try parser.draft()
    }

    /// The plan in the form in which it reads back as the same.
    package static func print(_ plan: Plan) -> String {
        var lines = ["plan \(plan.code)", "of \(plan.products.joined(separator: ", "))", "mode \(plan.mode.rawValue)"]
        lines.append("currency \(plan.currency.code)")
        if let fee = plan.fee { lines.append("fee \(fee.figure)") }
        if let period = plan.period { lines.append("period \(period)") }
        if plan.mode == .package {
            lines.append("expires \(plan.expiry.map { "\($0.length) in \($0.zone)" } ?? "never")")
        }
        if plan.trialDays > 0 { lines.append("trial \(plan.trialDays) days") }
        lines += plan.grants.map { "grant \(text($0.allowance))" }
        for meter in Set(plan.grants.compactMap(\.allowance.meter)).sorted() {
            lines.append("when \(meter) used up: \(text(plan.whenUsedUp(meter)))")
        }
        for (meter, price) in plan.prices.sorted(by: { $0.key < $1.key }) {
            lines.append("price \(meter) \(PriceWriter(ofBytes: isOfBytes(meter)).price(price.model))")
        }
        lines.append("unreported \(plan.unreported.rawValue)")
        lines.append("on outage \(text(plan.outage))")
        if plan.overdueGraceSeconds > 0 { lines.append("overdue grace \(grace(plan.overdueGraceSeconds))") }
        if let limit = plan.creditLimit { lines.append("credit limit \(limit.figure)") }
        if !plan.rules.isEmpty {
            lines.append("rules:")
            lines += plan.rules.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
                $0.isEmpty ? "" : "  \($0)"
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A price as it stands behind `price METER`.
    package static func print(_ model: PriceModel, of meter: String) -> String {
        PriceWriter(ofBytes: isOfBytes(meter)).price(model)
    }

    /// A guess for the eye: a plan does not know what its meters count.
    private static func isOfBytes(_ meter: String) -> Bool { meter.lowercased().contains("bytes") }

    private static func text(_ allowance: Allowance) -> String {
        switch allowance {
        case .units(let units, let meter): "\(PlanNumber.write(units, ofBytes: isOfBytes(meter))) \(meter)"
        case .money(let amount): "\(amount)"
        }
    }

    private static func text(_ usedUp: WhenUsedUp) -> String {
        switch usedUp {
        case .deny: "deny"
        case .charge: "charge"
        case .chargeTo(let cap): "charge to \(cap.figure)"
        }
    }

    private static func text(_ outage: PlanOutage) -> String {
        switch outage {
        case .deny: "deny"
        case .overdraft(let allowance): "overdraft \(text(allowance))"
        case .open: "open"
        }
    }

    private static func grace(_ seconds: Int64) -> String {
        seconds % 86_400 == 0 ? "\(seconds / 86_400) days" : "\(seconds / 3_600) hours"
    }
}

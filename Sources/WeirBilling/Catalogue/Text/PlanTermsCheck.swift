/// Looks at the terms of a plan together: what its mode allows and requires, and whether grants, prices and caps agree.
struct PlanTermsCheck {
    private let terms: PlanTerms
    private let lines: [String: PlanLine]
    private(set) var errors: [PlanError] = []

    /// `lines`: the lines by their keywords, for the places of errors.
    init(_ terms: PlanTerms, _ lines: [String: PlanLine]) {
        self.terms = terms
        self.lines = lines
    }

    /// The plan, or nil after errors.
    mutating func plan(_ rules: String) -> Plan? {
        for keyword in ["plan", "of", "mode", "currency"] { require(keyword) }
        if let mode = terms.mode {
            checkLines(of: mode)
            checkGrants(of: mode)
            checkUsedUp()
            checkPrices(of: mode)
        }
        guard errors.isEmpty, terms.broken.isEmpty, let code = terms.code, let products = terms.products,
            let mode = terms.mode,
            let currency = terms.currency
        else { return nil }
        return Plan(
            code: code, version: 0, products: products.map(\.text), mode: mode, currency: currency, fee: terms.fee,
            period: terms.period ?? (mode == .payg ? try? Period(.month, from: .day(1)) : nil),
            expiry: terms.expiry ?? nil,
            trialDays: Int(terms.trialDays ?? 0), grants: terms.grants.map { PlanGrant($0.allowance) },
            prices: terms.prices.reduce(into: [:]) {
                $0[$1.key] = MeterPrice($1.value.model, exhausted: usedUp($1.key).choice)
            },
            unreported: terms.unreported ?? .bill, outage: terms.outage ?? .deny, overdueGraceSeconds: terms.grace ?? 0,
            creditLimit: terms.creditLimit, rules: rules)
    }

    // MARK: Modes

    private static let always: Set<String> = ["plan", "of", "mode", "currency", "price", "unreported", "on", "rules:"]
    private static let allowed: [PlanMode: Set<String>] = [
        .package: ["fee", "expires", "grant", "when"],
        .subscription: ["fee", "period", "trial", "grant", "when", "overdue"],
        .payg: ["period", "grant"],
        .postpaid: ["fee", "period", "trial", "overdue", "credit"],
    ]
    /// What a mode cannot do without, and why.
    private static let required: [PlanMode: [(keyword: String, why: String)]] = [
        .package: [("fee", "what a package costs; fee 0 for a free one"), ("grant", "what a package holds")],
        .subscription: [("fee", "what a period costs; fee 0 for a free one"), ("period", "when it renews")],
        .payg: [("price", "what is deducted from the balance")],
        .postpaid: [("period", "when it is invoiced"), ("credit", "how much may be owed")],
    ]

    private mutating func checkLines(of mode: PlanMode) {
        let allowed = Self.always.union(Self.allowed[mode] ?? [])
        for (keyword, line) in lines.sorted(by: { $0.value.position < $1.value.position })
        where !allowed.contains(keyword) {
            let others = PlanMode.allCases.filter { Self.allowed[$0]?.contains(keyword) == true }.map(\.rawValue)
            errors.append(
                PlanError(
                    at: line.position,
                    "expected no line \"\(keyword)\" in mode \(mode.rawValue), as it is of \(others.joined(separator: " and "))",
                    suggestion: Self.instead(of: keyword, in: mode)))
        }
        for (keyword, why) in Self.required[mode] ?? [] { require(keyword, "in mode \(mode.rawValue): \(why)") }
        if mode == .postpaid, lines["price"] == nil, lines["fee"] == nil {
            require("price", "in mode postpaid without a fee: there would be nothing to invoice")
        }
    }

    private static func instead(of keyword: String, in mode: PlanMode) -> String? {
        switch (keyword, mode) {
        case ("period", .package): "expires 90 days"
        case ("expires", .subscription), ("expires", .postpaid), ("expires", .payg): "period month"
        case ("grant", .postpaid): "free 1000 then … in the price"
        case ("fee", .payg): "mode subscription"
        case ("trial", .payg): "grant 5.00 USD for a start"
        case ("credit", .subscription), ("when", .payg), ("when", .postpaid): "the plan without it"
        default: nil
        }
    }

    private mutating func require(_ keyword: String, _ why: String = "") {
        guard lines[keyword] == nil else { return }
        let example = PlanParser.keywords.first { $0.keyword == keyword }?.example
        let place = lines["mode"]?.position ?? lines["plan"]?.position ?? PlanPosition(line: 1, column: 1)
        errors.append(
            PlanError(
                at: place, "expected a line \"\(keyword)\"\(why.isEmpty ? "" : " \(why)"), found none",
                suggestion: example))
    }

    // MARK: Grants and what follows them

    private func isGranted(_ meter: String) -> Bool { terms.grants.contains { $0.allowance.meter == meter } }

    /// What happens when a meter's grants are used up, and where that is said.
    private func usedUp(_ meter: String) -> (choice: WhenUsedUp, position: PlanPosition?) {
        guard isGranted(meter) else { return (.charge, nil) }
        guard let (choice, position) = terms.usedUp[meter] ?? terms.usedUp[""] else { return (.deny, nil) }
        return (choice, position)
    }

    private mutating func checkGrants(of mode: PlanMode) {
        guard mode == .payg else { return }
        for grant in terms.grants where grant.allowance.meter != nil {
            errors.append(
                PlanError(
                    at: grant.position, "expected money to start with in mode payg, found units",
                    suggestion: "grant 5.00 \(terms.currency?.code ?? "USD"), or mode package"))
        }
    }

    private mutating func checkUsedUp() {
        guard !terms.broken.contains("grant") else { return }
        guard terms.grants.contains(where: { $0.allowance.meter != nil }) else {
            if let line = lines["when"], terms.mode == .package || terms.mode == .subscription {
                errors.append(
                    PlanError(
                        at: line.position, "expected a grant of units that may be used up, found none",
                        suggestion: "grant 1000 calls"))
            }
            return
        }
        for (meter, (choice, position)) in terms.usedUp {
            if !meter.isEmpty, !isGranted(meter) {
                errors.append(
                    PlanError(
                        at: position, "expected a meter that the plan grants, found \"\(meter)\"",
                        suggestion: terms.grants.lazy.compactMap(\.allowance.meter).first))
            }
            if case .deny = choice { continue }
            let meters = meter.isEmpty ? Set(terms.grants.compactMap(\.allowance.meter)).sorted() : [meter]
            for meter in meters
            where usedUp(meter).position == position && terms.prices[meter] == nil && !terms.broken.contains("price") {
                errors.append(
                    PlanError(
                        at: position, "expected a price of \(meter), as it is charged when its grant is used up",
                        suggestion: "price \(meter) per unit 0.01"))
            }
        }
    }

    // MARK: Prices

    private mutating func checkPrices(of mode: PlanMode) {
        guard let currency = terms.currency else { return }
        for (meter, price) in terms.prices {
            do throws(BillingError) {
                _ = try PriceFunction(price.model, in: currency, settled: mode.settlement)
            } catch {
                errors.append(PlanError(at: price.position, error))
            }
            if Self.allowed[mode]?.contains("when") == true, case .deny = usedUp(meter).choice,
                !terms.broken.contains("when")
            {
                errors.append(
                    PlanError(
                        at: price.position,
                        "expected no price of \(meter), as calls are denied when its grant is used up",
                        suggestion: "when used up: charge"))
            }
        }
    }
}

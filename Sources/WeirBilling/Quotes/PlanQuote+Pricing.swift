extension PlanQuote {
    /// Prices the usage of some periods of the plan.
    package init(_ consumer: String, under plan: Plan, _ periods: [PeriodUsage]) throws(BillingError) {
        var tally = QuoteTally(plan)
        for period in periods {
            if plan.mode == .package {
                try tally.addPackages(period)
            } else {
                try tally.add(period)
            }
        }
        self.consumer = consumer
        self.plan = plan.code
        planVersion = plan.version
        currency = plan.currency
        purchases = tally.purchases
        fees = try RoundedLine(tally.fees).amount
        var (meters, sum) = ([MeterQuote](), Money.zero(plan.currency))
        for (code, meter) in tally.meters.sorted(by: { $0.key < $1.key }) {
            let amount = try RoundedLine(meter.exact).amount
            sum = try sum.adding(amount)
            meters.append(
                MeterQuote(
                    meter: code, units: meter.units, granted: meter.granted, charged: meter.charged,
                    denied: meter.denied, amount: amount))
        }
        self.meters = meters
        let granted = try RoundedLine(ExactAmount(tally.grantedMoney)).amount
        self.granted = try sum.isLess(than: granted) ? sum : granted
        beyondLimit = tally.beyondLimit
        total = try fees.adding(sum).subtracting(self.granted)
    }
}

/// Adds up a quote, period by period.
private struct QuoteTally {
    let plan: Plan
    var fees: ExactAmount
    var meters: [String: Meter] = [:]
    var grantedMoney: Money
    var purchases: Int64 = 0
    var beyondLimit: Money?

    struct Meter {
        var units: Int64 = 0
        var granted: Int64 = 0
        var charged: Int64 = 0
        var denied: Int64 = 0
        var exact: ExactAmount
    }

    init(_ plan: Plan) {
        self.plan = plan
        fees = .zero(plan.currency)
        grantedMoney = .zero(plan.currency)
    }

    mutating func add(_ period: PeriodUsage) throws(BillingError) {
        fees = try fees.adding(period.share(of: plan.feeOrZero))
        var used = try period.share(of: plan.feeOrZero)
        for meter in Set(period.units.keys).union(plan.prices.keys).sorted() {
            var granted: Int64 = 0
            for grant in plan.grants(of: meter) { granted = granted.addingClamped(period.share(of: grant.allowance)) }
            used = try used.adding(count(meter, period.units[meter] ?? 0, granted: granted))
        }
        // A start that is given once is not of every month.
        if plan.mode == .subscription {
            var money = Money.zero(plan.currency)
            for case .money(let amount) in plan.grants.map(\.allowance) {
                money = try money.adding(Money(nano: period.share(of: .money(amount)), amount.currency))
            }
            grantedMoney = try grantedMoney.adding(money)
        }
        if let limit = plan.creditLimit, try ExactAmount(limit).isLess(than: used) {
            let beyond = try used.roundedUp().subtracting(limit)
            beyondLimit =
                try beyondLimit.map { (known) throws(BillingError) in try known.isLess(than: beyond) ? beyond : known }
                ?? beyond
        }
    }

    /// As many purchases as it takes for nothing to be denied; none where nothing is used.
    mutating func addPackages(_ period: PeriodUsage) throws(BillingError) {
        let used = period.units.filter { $0.value > 0 && plan.meters.contains($0.key) }
        var (low, high) = (used.isEmpty ? 0 : 1 as Int64, used.isEmpty ? 0 : 1 as Int64)
        for (meter, units) in used {
            let each = unitsPerPurchase(meter)
            if each > 0 { high = max(high, units / each + (units % each > 0 ? 1 : 0)) }
        }
        while low < high {
            let middle = low + (high - low) / 2
            if try suffices(middle, used) { high = middle } else { low = middle + 1 }
        }
        purchases = purchases.addingClamped(low)
        fees = try fees.adding(
            ExactAmount(numerator: Int128(plan.feeOrZero.nano) * Int128(low), denominator: 1, plan.currency))
        for meter in Set(period.units.keys).union(low > 0 ? plan.prices.keys.map { $0 } : []).sorted() {
            _ = try count(meter, period.units[meter] ?? 0, granted: unitsPerPurchase(meter).multipliedClamped(by: low))
        }
        for case .money(let amount) in plan.grants.map(\.allowance) {
            grantedMoney = try grantedMoney.adding(Money(nano: amount.nano.multipliedClamped(by: low), amount.currency))
        }
    }

    private func suffices(_ purchases: Int64, _ used: [String: Int64]) throws(BillingError) -> Bool {
        for (meter, units) in used where unitsPerPurchase(meter) > 0 {
            let beyond = max(0, units - unitsPerPurchase(meter).multipliedClamped(by: purchases))
            switch plan.whenUsedUp(meter) {
            case .deny: if beyond > 0 { return false }
            case .charge: continue
            case .chargeTo(let cap):
                guard let price = try plan.priceFunction(of: meter) else { continue }
                if try Self.affordable(beyond, cap, price) < beyond { return false }
            }
        }
        return true
    }

    private func unitsPerPurchase(_ meter: String) -> Int64 {
        plan.grants(of: meter).reduce(0) { $0.addingClamped($1.allowance.amount) }
    }

    /// Counts units of a meter in one period and returns what they cost.
    private mutating func count(_ code: String, _ units: Int64, granted: Int64) throws(BillingError) -> ExactAmount {
        var meter = meters[code] ?? Meter(exact: .zero(plan.currency))
        let drawn = min(units, granted)
        let beyond = units - drawn
        let price = try plan.priceFunction(of: code)
        var charged: Int64
        switch plan.whenUsedUp(code) {
        case .deny: charged = 0
        case .charge: charged = beyond
        case .chargeTo(let cap):
            charged = try price.map { (price) throws(BillingError) in try Self.affordable(beyond, cap, price) } ?? 0
        }
        let isDenied = plan.whenUsedUp(code) != .charge
        if price == nil { charged = 0 }
        let cost = try price?.closingCost(of: charged) ?? .zero(plan.currency)
        meter.units = meter.units.addingClamped(units)
        meter.granted = meter.granted.addingClamped(drawn)
        meter.charged = meter.charged.addingClamped(charged)
        if isDenied { meter.denied = meter.denied.addingClamped(beyond - charged) }
        meter.exact = try meter.exact.adding(cost)
        if meter.units > 0 || !cost.isZero { meters[code] = meter }
        return cost
    }

    /// The most units, up to a number, whose cost is no more than a cap.
    private static func affordable(_ units: Int64, _ cap: Money, _ price: PriceFunction) throws(BillingError) -> Int64 {
        let limit = ExactAmount(cap)
        func fits(_ units: Int64) throws(BillingError) -> Bool {
            // What is beyond an amount is beyond the cap.
            guard let cost = try? price.cost(of: units) else { return false }
            return try !limit.isLess(than: cost)
        }
        if try fits(units) { return units }
        var (low, high) = (0 as Int64, units)
        while low < high - 1 {
            let middle = low + (high - low) / 2
            if try fits(middle) { low = middle } else { high = middle }
        }
        return low
    }
}

extension Int64 {
    /// Sums of units of several periods, for people: at most what fits.
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    fileprivate func multipliedClamped(by other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}

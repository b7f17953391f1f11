/// An invoice that is being put together: lines are added, each rounded as it comes, with what the one before it has carried.
///
/// After an error nothing has been added.
package struct InvoiceDraft: Sendable {
    package let currency: Currency
    package private(set) var lines: [InvoiceLine] = []
    /// What rounding has left, by line: to be kept for the next invoice of the consumer.
    package private(set) var carries: [CarryKey: ExactAmount]

    /// `carries`: what the consumer's last invoice has left.
    package init(_ currency: Currency, carries: [CarryKey: ExactAmount] = [:]) {
        self.currency = currency
        self.carries = carries
    }

    /// The fee of a contract, for the part of its period that it holds; nothing where it is 0.
    package mutating func addFee(_ contract: Contract, _ plan: Plan, _ fee: ExactAmount) throws(BillingError) {
        guard !fee.isZero else { return }
        try add(.fee, contract, plan, exact: fee)
    }

    /// The rest of a fee: below 0.
    package mutating func addCredit(_ contract: Contract, _ plan: Plan, _ credit: ExactAmount, from instant: Int64)
        throws(BillingError)
    {
        guard !credit.isZero else { return }
        try add(.credit, contract, plan, service: (instant, contract.end ?? instant), exact: credit)
    }

    /// Usage of a meter in a contract.
    ///
    /// - Parameters:
    ///   - billed: charged units that an earlier invoice of the contract has; nil for none.
    ///   - units: charged units of the contract so far, those of grants not among them.
    ///   - granted: units that grants have paid, which are shown.
    ///   - paid: money that balances have paid for the units.
    ///   - isOver: whether the contract's period is, so that minimums apply.
    package mutating func addUsage(
        _ contract: Contract, _ plan: Plan, _ meter: String, billed: Int64? = nil, units: Int64,
        granted: [InvoiceDraw] = [],
        paid: [InvoiceDraw] = [], isOver: Bool = true
    ) throws(BillingError) {
        var copy = self
        if !granted.isEmpty {
            let total = try Self.sum(granted)
            try copy.add(
                .granted, contract, plan, meter: meter, units: (nil, total), draws: granted, exact: .zero(currency))
        }
        if let price = try plan.priceFunction(of: meter) {
            try copy.addCharge(contract, plan, meter, price, (billed, units), paid, isOver: isOver)
        } else if units > 0 {
            throw BillingError(
                "units", expected: "no charged units of \(meter), which plan \(plan.code) has no price for",
                found: "\(units)",
                advice: "charge them to the plan under which they were used")
        }
        self = copy
    }

    private mutating func addCharge(
        _ contract: Contract, _ plan: Plan, _ meter: String, _ price: PriceFunction, _ units: (from: Int64?, to: Int64),
        _ paid: [InvoiceDraw],
        isOver: Bool
    ) throws(BillingError) {
        try Self.check(units)
        let exact = try LineAmount.usage(price, units)
        if units.to != units.from ?? 0 || !exact.isZero {
            try add(.usage, contract, plan, meter: meter, units: units, exact: exact)
        }
        if !paid.isEmpty {
            try add(
                .paid, contract, plan, meter: meter, draws: paid,
                exact: LineAmount.paid(Self.total(paid, currency), of: exact))
        }
        guard isOver else { return }
        let minimum = try LineAmount.minimum(price, units.to)
        if !minimum.isZero { try add(.minimum, contract, plan, meter: meter, units: (nil, units.to), exact: minimum) }
    }

    /// What was paid with the order of a purchase; nothing where it is 0.
    package mutating func addPayment(_ contract: Contract, _ plan: Plan, order: String, _ amount: Money)
        throws(BillingError)
    {
        guard amount.nano != 0 else { return }
        let draws = [InvoiceDraw(grant: order, .money(amount))]
        try add(.paid, contract, plan, draws: draws, exact: ExactAmount(Self.total(draws, currency)).negated())
    }

    /// Usage that came after the invoice of its contract: what the contract would have cost with it, less what it has cost.
    ///
    /// Units below `billed` are a credit: what had been reserved was settled with less. Then `paid` may be below 0, too: what balances
    /// have got back.
    package mutating func addAdjustment(
        _ contract: Contract, _ plan: Plan, _ meter: String, billed: Int64, units: Int64, paid: [InvoiceDraw] = []
    ) throws(BillingError) {
        guard let price = try plan.priceFunction(of: meter) else {
            throw BillingError(
                "meter", expected: "one that plan \(plan.code) has a price for", found: meter,
                advice: "count it as granted")
        }
        guard billed >= 0, units >= 0 else {
            throw BillingError(
                "units", expected: "0 or more", found: "\(billed) to \(units)", advice: "count from the period's start")
        }
        guard units != billed || !paid.isEmpty else { return }
        var copy = self
        let exact = try LineAmount.adjustment(price, (billed, units))
        if units != billed {
            try copy.add(.adjustment, contract, plan, meter: meter, units: (billed, units), exact: exact)
        }
        if !paid.isEmpty {
            try copy.add(
                .paid, contract, plan, meter: meter, draws: paid,
                exact: LineAmount.paid(Self.total(paid, currency, least: .min), of: exact))
        }
        self = copy
    }

    // MARK: One line

    private mutating func add(
        _ kind: InvoiceLine.Kind, _ contract: Contract, _ plan: Plan, meter: String? = nil,
        service: (Int64, Int64)? = nil,
        units: (from: Int64?, to: Int64?) = (nil, nil), draws: [InvoiceDraw] = [], exact: ExactAmount
    ) throws(BillingError) {
        if exact.currency != currency { throw .mixed("invoice.currency", expected: currency, found: exact.currency) }
        let (start, end) = service ?? (contract.start, contract.end ?? contract.start)
        let key = CarryKey(subscription: contract.subscription, kind: kind, meter: meter)
        let line = InvoiceLine(
            kind: kind, contract: contract.name, plan: plan.code, planVersion: plan.version, meter: meter,
            serviceStart: start,
            serviceEnd: end, unitsTo: units.to, unitsFrom: units.from, draws: draws,
            money: try RoundedLine(exact, carriedIn: kind == .granted ? nil : carries[key]))
        lines.append(line)
        if kind != .granted { carries[key] = line.money.carry.isZero ? nil : line.money.carry }
    }

    private static func check(_ units: (from: Int64?, to: Int64)) throws(BillingError) {
        guard units.to >= units.from ?? 0, units.from ?? 0 >= 0 else {
            throw BillingError(
                "units", expected: "\(units.from ?? 0) or more, which are billed", found: "\(units.to)",
                advice: "usage totals only grow; give back money as a credit")
        }
    }

    private static func sum(_ draws: [InvoiceDraw]) throws(BillingError) -> Int64 {
        var total: Int64 = 0
        for draw in draws {
            let (sum, overflow) = total.addingReportingOverflow(draw.allowance.amount)
            guard !overflow, draw.allowance.amount >= 0 else {
                throw BillingError(
                    "draws", expected: "units from 0 to \(Int64.max) in all", found: "others",
                    advice: "check grant \(draw.grant)")
            }
            total = sum
        }
        return total
    }

    private static func total(
        _ draws: [InvoiceDraw], _ currency: Currency, least: Int64 = 0
    ) throws(BillingError) -> Money {
        var total = Money.zero(currency)
        for draw in draws {
            guard case .money(let amount) = draw.allowance, amount.nano >= least else {
                throw BillingError(
                    "paid", expected: "amounts of 0 or more", found: "\(draw.allowance.unit) of \(draw.grant)",
                    advice: "list units as granted")
            }
            total = try total.adding(amount)
        }
        return total
    }
}

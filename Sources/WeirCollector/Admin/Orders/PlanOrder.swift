import WeirBilling
import WeirCalendar
import WeirStore

/// Orders as plans call for them: what a purchase grants, at what a balance is drawn.
enum PlanOrder {
    /// The plan that a row holds. It was read before it was published.
    static func plan(_ row: PlanRow) throws(StoreError) -> Plan {
        do throws(PlanErrors) {
            return try PlanText.parse(row.source).plan.published(as: row.number)
        } catch {
            throw StoreError(.failed, "plan \(row.code) \(row.number) cannot be read: \(error)")
        }
    }

    /// A purchase of a package, or of a subscription's period that runs.
    static func purchase(
        _ row: PlanRow, _ catalogue: Catalogue, under contract: SubscriptionRow, id: String, actor: String, now: Int64
    ) throws(StoreError) -> Order {
        let plan = try plan(row)
        guard plan.mode == .package || plan.mode == .subscription else {
            throw .refused(
                .conflict, "plan",
                "expected a package or a subscription, found plan \(plan.code), which is \(plan.mode.rawValue): top it up"
            )
        }
        let lines = try lines(plan, catalogue, row, under: contract, now: now)
        guard !lines.isEmpty else {
            throw .refused(.conflict, "plan", "plan \(plan.code) grants nothing that could be bought")
        }
        return Order(
            externalID: id, consumer: contract.consumerID, subscription: contract.id, kind: .purchase, price: plan.fee,
            lines: lines, actor: actor, reason: "\(plan.code) \(row.number)")
    }

    /// What a plan gives to those who begin with it, for nothing; nil for nothing.
    static func welcome(
        _ row: PlanRow, _ catalogue: Catalogue, under contract: SubscriptionRow, actor: String, now: Int64
    ) throws(StoreError) -> Order? {
        let plan = try plan(row)
        guard plan.mode == .payg else { return nil }
        let lines = try lines(plan, catalogue, row, under: contract, now: now)
        guard !lines.isEmpty else { return nil }
        return Order(
            externalID: "welcome/\(contract.id)", consumer: contract.consumerID, subscription: contract.id,
            kind: .trial,
            lines: lines, actor: actor, reason: "\(plan.code) \(row.number)")
    }

    /// Buys what a plan without a fee gives, where the contract was not given it already.
    static func takeFree(under contract: SubscriptionRow, _ catalogue: Catalogue, actor: String) throws(StoreError) {
        let row = try catalogue.plan(contract.planID, field: "plan")
        let plan = try plan(row)
        guard plan.mode == .package || plan.mode == .subscription, !plan.grants.isEmpty, (plan.fee?.nano ?? 0) == 0,
            try catalogue.ledger.balances(of: contract.consumerID, subscription: contract.id).isEmpty
        else { return }
        let order = try purchase(
            row, catalogue, under: contract, id: "sign-up/\(contract.id)", actor: actor, now: catalogue.now)
        _ = try catalogue.ledger.place(order)
    }

    private static func lines(
        _ plan: Plan, _ catalogue: Catalogue, _ row: PlanRow, under contract: SubscriptionRow, now: Int64
    ) throws(StoreError) -> [OrderLine] {
        let meters = try catalogue.detail(row).meters
        let start = max(now, contract.startsAt)
        let end = try end(of: plan, contract, at: start)
        var lines: [OrderLine] = []
        for grant in plan.grants {
            switch grant.allowance {
            case .units(let units, let code):
                guard let meter = meters.first(where: { $0.code == code }),
                    let dimension = LedgerUnit.Dimension(rawValue: meter.dimension.rawValue)
                else { throw StoreError(.failed, "plan \(plan.code) grants of \(code), which it has no meter of") }
                lines.append(
                    OrderLine(
                        unit: .meter(dimension, code: code), amount: units, effectiveAt: start > now ? start : nil,
                        expiresAt: end))
            case .money(let amount):
                lines.append(
                    OrderLine(
                        unit: .money(amount.currency), amount: amount.nano, effectiveAt: start > now ? start : nil,
                        expiresAt: end, ceiling: try ceiling(meters)))
            }
        }
        return lines
    }

    /// When what is granted is gone: a package's by its expiry, a subscription's with its period.
    private static func end(of plan: Plan, _ contract: SubscriptionRow, at instant: Int64) throws(StoreError) -> Int64?
    {
        let (period, since) =
            plan.mode == .package
            ? (plan.expiry, instant) : plan.mode == .subscription ? (plan.period, contract.startsAt) : (nil, 0)
        guard let period else { return nil }
        do throws(BillingError) {
            return try PeriodCalendar().span(of: period, since: since, holding: instant).end
        } catch {
            throw .refused(.invalid, "plan", "expected \(error.expected), found \(error.found); \(error.advice)")
        }
    }

    /// A top-up of a contract's balance.
    static func topUp(
        _ amount: Money, _ row: PlanRow, _ catalogue: Catalogue, under contract: SubscriptionRow, id: String,
        actor: String
    ) throws(StoreError) -> Order {
        guard row.mode == .payg || row.mode == .postpaid else {
            throw .refused(
                .conflict, "subscription",
                "expected a contract that is paid from a balance, found one of a \(row.mode.rawValue)")
        }
        guard row.currency == amount.currency.code else {
            throw .refused(
                .conflict, "currency",
                "expected \(row.currency), which the contract is in, found \(amount.currency.code)")
        }
        return .topup(
            amount, externalID: id, consumer: contract.consumerID, subscription: contract.id,
            ceiling: try ceiling(try catalogue.detail(row).meters), actor: actor)
    }

    /// The most that a unit of any of the meters can cost: at that agents draw, until the exact price is known.
    static func ceiling(_ meters: [PlanMeterRow]) throws(StoreError) -> UnitCeiling {
        let dearest = meters.max { left, right in
            Int128(left.ceilingNano) * Int128(right.ceilingPer) < Int128(right.ceilingNano) * Int128(left.ceilingPer)
        }
        return try UnitCeiling(dearest?.ceilingNano ?? 0, per: dearest?.ceilingPer ?? 1)
    }
}

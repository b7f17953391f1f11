import WeirBilling

/// What the model calls for, written down.
extension Contracts {
    func apply(_ events: [SubscriptionEvent], to held: inout HeldSubscription) throws(StoreError) {
        for event in events {
            switch event {
            case .closed(let contract, let at):
                try close(contract, at: at)
                if at != contract.end { try endGrants(held, all: false) }
            case .credited(let contract, let amount): try credit(amount, of: contract, held)
            case .began(let contract, let plan, let fee, let grants): try begin(contract, plan, fee, grants, &held)
            case .lapsed:
                held.row.next = nil
                try note("lapsed", held)
            case .ended:
                held.row.next = nil
                try endGrants(held, all: true)
                try note("ended", held)
            // Packages are bought by orders of their own.
            case .bought: break
            }
        }
    }

    /// Ends a contract for ever; once.
    func close(_ contract: Contract, at instant: Int64) throws(StoreError) {
        let closed = try connection.run(
            "UPDATE contract SET ends_at = $1, closed_at = $2 WHERE id = $3 AND closed_at IS NULL RETURNING id",
            [.integer(instant), .integer(now), .text(contract.name)])
        if closed.isEmpty { throw StoreError(.failed, "contract \(contract.name) is over already: run weir fsck") }
    }

    private func begin(
        _ contract: Contract, _ plan: Plan, _ fee: ExactAmount, _ grants: [GrantTerms], _ held: inout HeldSubscription
    ) throws(StoreError) {
        let row = try row(of: plan)
        try catalogue.insert(ContractRow(contract, planID: row.id))
        let isNewPlan = held.row.planID != row.id || contract.number == 1
        (held.row.planID, held.row.period) = (row.id, contract.number)
        if held.value.next == nil { held.followingPlan = nil }
        // A package's fee and units come with its purchases.
        guard plan.mode != .package else { return held.row.next = nil }
        try charge(fee, of: contract, held)
        try issue(grants, of: contract, row, held)
        try openCharges(of: contract, plan, row, held)
        held.row.next = nil
        if isNewPlan, let limit = plan.creditLimit {
            try ledger.setCreditLimit(
                limit.nano, of: held.row.id, consumer: held.row.consumerID, unit: .money(limit.currency),
                ceiling: try UnitCeiling(dearestOf: try catalogue.detail(row).meters),
                priority: CreditGrant.balancePriority)
        }
    }

    // MARK: Grants

    /// The id of the order that issues what a contract grants: once, unless it was taken back before it began.
    func orderID(of contract: String, _ held: HeldSubscription) -> String {
        held.withdrawals == 0 ? contract : "\(contract)~\(held.withdrawals)"
    }

    /// Issues what a contract grants; what nobody could use any more is not.
    func issue(
        _ grants: [GrantTerms], of contract: Contract, _ plan: PlanRow, _ held: HeldSubscription
    ) throws(StoreError) {
        let live = grants.filter { $0.expires.map { $0 > now } ?? true }
        guard !live.isEmpty else { return }
        let isFree = contract.isTrial || plan.mode == .payg
        _ = try ledger.place(
            Order(
                externalID: orderID(of: contract.name, held), consumer: held.row.consumerID,
                subscription: held.row.id, kind: isFree ? .trial : contract.number == 1 ? .purchase : .renewal,
                lines: try lines(live, plan), actor: actor, reason: "\(plan.code) \(plan.number)", isOfContract: true))
    }

    /// What is granted, as lines of an order.
    func lines(_ grants: [GrantTerms], _ plan: PlanRow) throws(StoreError) -> [OrderLine] {
        let meters = try catalogue.detail(plan).meters
        return try grants.map { grant throws(StoreError) in
            switch grant.allowance {
            case .units(let units, let code):
                guard let meter = meters.first(where: { $0.code == code }),
                    let dimension = LedgerUnit.Dimension(rawValue: meter.dimension.rawValue)
                else { throw StoreError(.failed, "plan \(plan.code) grants of \(code), which it has no meter of") }
                return OrderLine(
                    unit: .meter(dimension, code: code), amount: units, effectiveAt: grant.start,
                    expiresAt: grant.expires)
            case .money(let amount):
                return OrderLine(
                    unit: .money(amount.currency), amount: amount.nano, effectiveAt: grant.start,
                    expiresAt: grant.expires, ceiling: try UnitCeiling(dearestOf: meters))
            }
        }
    }

    /// Ends what was granted: all of it, or what would have ended with the period. Money that was paid in is no part of it.
    private func endGrants(_ held: HeldSubscription, all: Bool) throws(StoreError) {
        let condition = all ? "(expires_at IS NULL OR expires_at > $3)" : "expires_at > $3"
        let grants = try connection.run(
            """
            SELECT id FROM credit_grant WHERE consumer = $1 AND subscription = $2 AND kind = 'package' AND closed_at IS NULL
                AND \(condition) ORDER BY id
            """, [.text(held.row.consumerID), .text(held.row.id), .integer(now)])
        for row in grants {
            guard let grant = try ledger.grant(try row.text(0)) else { continue }
            try ledger.end(grant, reason: "its contract was ended")
        }
    }
}

extension UnitCeiling {
    /// The most that a unit of any of the meters can cost: at that agents draw, until the exact price is known.
    package init(dearestOf meters: [PlanMeterRow]) throws(StoreError) {
        let dearest = meters.max { left, right in
            Int128(left.ceilingNano) * Int128(right.ceilingPer) < Int128(right.ceilingNano) * Int128(left.ceilingPer)
        }
        try self.init(dearest?.ceilingNano ?? 0, per: dearest?.ceilingPer ?? 1)
    }
}

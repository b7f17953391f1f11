import WeirBilling
import WeirStore

/// What is used beyond what a plan grants: paid from a balance, or charged up to an amount.
extension PlanOrder {
    /// A top-up of a contract's balance: of one that is paid as it is used, or of a package that charges when it is used up.
    static func topUp(
        _ amount: Money, _ row: PlanRow, _ catalogue: Catalogue, under contract: SubscriptionRow, id: String,
        actor: String
    ) throws(StoreError) -> Order {
        guard try isPaidFromBalance(row) else {
            throw .refused(
                .conflict, "subscription",
                "expected a contract that is paid from a balance, found one of a \(row.mode.rawValue)")
        }
        guard row.currency == amount.currency.code else {
            throw .refused(
                .conflict, "currency",
                "expected \(row.currency), which the contract is in, found \(amount.currency.code)")
        }
        if row.mode == .package { try checkCap(amount, row, catalogue, under: contract, id: id) }
        return .topup(
            amount, externalID: id, consumer: contract.consumerID, subscription: contract.id,
            ceiling: try ceiling(try catalogue.detail(row).meters), actor: actor)
    }

    /// Whether a contract to a plan has a balance that can be topped up.
    static func isPaidFromBalance(_ row: PlanRow) throws(StoreError) -> Bool {
        switch row.mode {
        case .payg, .postpaid: true
        case .subscription: false
        case .package: try !plan(row).prices.isEmpty
        }
    }

    /// Holds what is paid in for a package to what each purchase of it may be charged: so no more than that ever is.
    private static func checkCap(
        _ amount: Money, _ row: PlanRow, _ catalogue: Catalogue, under contract: SubscriptionRow, id: String
    ) throws(StoreError) {
        guard let cap = try caps(of: plan(row)).first?.cap else { return }
        let known = try catalogue.connection.run(
            """
            SELECT kind, amount, external_id FROM orders WHERE consumer = $1 AND subscription = $2
                AND kind IN ('purchase', 'topup')
            """, [.text(contract.consumerID), .text(contract.id)])
        var left: Int64 = 0
        for order in known {
            // The same order again changes nothing.
            if try order.text(2) == id { return }
            let change = try order.text(0) == "topup" ? -order.integer(1) : cap.nano
            left = left.addingReportingOverflow(change).overflow ? .max : left + change
        }
        guard amount.nano <= left else {
            throw .refused(
                .conflict, "amount",
                "expected at most \(Money(nano: max(0, left), cap.currency)), as plan \(row.code) charges \(cap) beyond each package, found \(amount)"
            )
        }
    }

    /// Lets what is used beyond what a subscription's period grants be charged as far as the plan says: to be called where a contract
    /// begins, and again where its end has moved. Plans without such a meter open nothing.
    ///
    /// - Parameter consumer: the id of the subscription's.
    static func openCharges(
        _ row: PlanRow, _ catalogue: Catalogue, under contract: ContractRow, consumer: String, ledger: Ledger
    ) throws(StoreError) {
        guard row.mode == .subscription else { return }
        let caps = caps(of: try plan(row))
        if caps.isEmpty { return }
        let meters = try catalogue.detail(row).meters
        for (code, cap) in caps {
            guard let meter = meters.first(where: { $0.code == code }) else { continue }
            try ledger.openCharge(
                of: code, to: cap, under: contract, consumer: consumer,
                ceiling: try UnitCeiling(meter.ceilingNano, per: meter.ceilingPer))
        }
    }

    /// Meters that are charged up to an amount, by their codes.
    private static func caps(of plan: Plan) -> [(meter: String, cap: Money)] {
        plan.prices.sorted { $0.key < $1.key }.compactMap { code, price in
            if case .chargeTo(let cap) = price.exhausted { (code, cap) } else { nil }
        }
    }
}

import WeirBilling
import WeirCalendar
import WeirStore

/// Orders of balances, and contracts as a call changes them.
enum PlanOrder {
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
            ceiling: try UnitCeiling(dearestOf: try catalogue.detail(row).meters),
            priority: CreditGrant.balancePriority, actor: actor)
    }

    /// Whether a contract to a plan has a balance that can be topped up.
    static func isPaidFromBalance(_ row: PlanRow) throws(StoreError) -> Bool {
        switch row.mode {
        case .payg, .postpaid: true
        case .subscription: false
        case .package: try !row.plan().prices.isEmpty
        }
    }

    /// Holds what is paid in for a package to what each purchase of it may be charged: so no more than that ever is.
    private static func checkCap(
        _ amount: Money, _ row: PlanRow, _ catalogue: Catalogue, under contract: SubscriptionRow, id: String
    ) throws(StoreError) {
        guard let cap = try row.plan().caps.first?.cap else { return }
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
}

extension Catalogue {
    /// Contracts in the same transaction, as somebody changes them, by the calendars of their zones.
    func contracts(_ call: Call) -> Contracts {
        Contracts(self, clock: PeriodCalendar(), actor: call.principal.id)
    }
}

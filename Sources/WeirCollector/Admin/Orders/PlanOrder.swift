import WeirBilling
import WeirCalendar
import WeirStore

/// Orders of balances, and contracts as a call changes them.
enum PlanOrder {
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
            ceiling: try UnitCeiling(dearestOf: try catalogue.detail(row).meters), actor: actor)
    }
}

extension Catalogue {
    /// Contracts in the same transaction, as somebody changes them, by the calendars of their zones.
    func contracts(_ call: Call) -> Contracts {
        Contracts(self, clock: PeriodCalendar(), actor: call.principal.id)
    }
}

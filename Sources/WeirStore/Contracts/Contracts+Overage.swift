package import WeirBilling

/// What is charged beyond what a period grants.
extension Contracts {
    /// Lets what is used beyond the grants of a subscription's period be charged as far as its plan says, by all agents together. A period
    /// that was changed in the middle has ended what was opened for it.
    func openCharges(of contract: Contract, _ plan: Plan, _ row: PlanRow, _ held: HeldSubscription) throws(StoreError) {
        guard plan.mode == .subscription else { return }
        let caps = plan.caps
        if caps.isEmpty { return }
        let meters = try catalogue.detail(row).meters
        for (code, cap) in caps {
            guard let meter = meters.first(where: { $0.code == code }) else { continue }
            try ledger.openCharge(
                of: code, to: cap, under: ContractRow(contract, planID: row.id), consumer: held.row.consumerID,
                ceiling: try UnitCeiling(meter.ceilingNano, per: meter.ceilingPer))
        }
    }
}

extension Plan {
    /// Meters that are charged up to an amount when what is granted is used up, by their codes.
    package var caps: [(meter: String, cap: Money)] {
        prices.sorted { $0.key < $1.key }.compactMap { code, price in
            if case .chargeTo(let cap) = price.exhausted { (code, cap) } else { nil }
        }
    }
}

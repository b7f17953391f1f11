/// Who pays for a subscription.
extension ContractDesk {
    /// The account that a subscription's calls are paid from; `KnownKey.isFree` where nothing is to be paid, `KnownKey.isUnpaid` where
    /// nothing was bought.
    mutating func account(of subscription: UInt32, plan: UInt32, seconds: Int64) -> Int32 {
        guard subscription != BookNumber.none, plan != BookNumber.none,
            let planRecord = book.shop.plans[book.plans[plan].id]
        else { return KnownKey.isFree }
        let period = book.subscriptions[subscription].period(seconds)
        let subscriptionID = book.subscriptions[subscription].id
        if let known = windows.account(of: subscriptionID, in: edition, period: period) { return known }
        let grants = book.grants(of: subscriptionID)
        if grants.isEmpty, planRecord.mode != .subscription { return KnownKey.isUnpaid }
        // What an earlier plan granted does not pay for one that is access by time.
        if planRecord.mode == .subscription, !book.shop.meters.values.contains(where: { $0.plan == planRecord.id }) {
            return KnownKey.isFree
        }
        let meters = paidMeters(of: planRecord, grants)
        // No collector publishes such a plan: nothing is given away where one does.
        if meters.count > CreditDraw.maximum { return KnownKey.isUnpaid }
        if meters.isEmpty { return KnownKey.isFree }
        return windows.account(of: subscriptionID, edition: edition, period: period, paying: meters)
    }

    /// What a plan asks for: what is known at the check first, whose cell is the call's, then by the meters' codes.
    private func paidMeters(of plan: PlanRecord, _ grants: [GrantRecord]) -> [PaidMeter] {
        var meters = book.shop.meters.values.filter { $0.plan == plan.id }
        if meters.isEmpty { meters = Self.calls(by: grants, of: plan) }
        return meters.compactMap { PaidMeter($0, of: plan, grants: grants) }.sorted { left, right in
            let (isFirst, isOtherFirst) = (left.terms.measure == .units, right.terms.measure == .units)
            return isFirst == isOtherFirst ? left.code < right.code : isFirst
        }
    }

    /// Where a document names no meters: one that counts calls for each unit that something is granted of.
    private static func calls(by grants: [GrantRecord], of plan: PlanRecord) -> [MeterRecord] {
        Set(grants.filter { !$0.isMoney }.map(\.unit)).map { code in
            MeterRecord(
                id: plan.id, plan: plan.id, code: code, dimension: .calls, ceilingNumerator: 0, ceilingDenominator: 1,
                filter: "")
        }
    }
}

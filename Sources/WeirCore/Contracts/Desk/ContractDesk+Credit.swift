/// Who pays for a subscription.
extension ContractDesk {
    /// The list of windows that a subscription draws on; `KnownKey.isFree` where nothing is to be paid, `KnownKey.isUnpaid` where
    /// nothing was bought.
    mutating func account(of subscription: UInt32, plan: UInt32, seconds: Int64) -> Int32 {
        guard subscription != BookNumber.none, plan != BookNumber.none else { return KnownKey.isFree }
        let planID = book.plans[plan].id
        let subscriptionID = book.subscriptions[subscription].id
        let grants = book.grants(of: subscriptionID)
        let isPaid = book.shop.plans[planID].map { $0.mode != .subscription } ?? false
        if grants.isEmpty { return isPaid ? KnownKey.isUnpaid : KnownKey.isFree }
        // What an earlier plan granted does not pay for one that is access by time.
        if !isPaid, !book.shop.meters.values.contains(where: { $0.plan == planID }) { return KnownKey.isFree }
        let period = book.subscriptions[subscription].period(seconds)
        return windows.account(of: subscriptionID, edition: edition, period: period) { [shop = book.shop] in
            let meters = shop.meters.values.filter { $0.plan == planID }
            return grants.map { ($0, Self.terms($0.unit, meters)) }
        }
    }

    /// At what a grant is drawn: units by their meter, money by the one meter of the plan that costs something.
    private static func terms(_ unit: String, _ meters: [MeterRecord]) -> DrawTerms {
        let isMoney = unit.hasPrefix("money:")
        let meter =
            isMoney
            ? meters.filter { $0.ceilingNumerator > 0 }.min { $0.code < $1.code } : meters.first { $0.code == unit }
        guard let meter else {
            var terms = DrawTerms()
            // Nothing costs anything: a balance is not touched.
            if isMoney { terms.numerator = 0 }
            return terms
        }
        return DrawTerms(meter, isMoney: isMoney)
    }
}

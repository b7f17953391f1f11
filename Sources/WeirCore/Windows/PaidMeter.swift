/// What a meter of a plan asks of a subscription's calls, and the grants that pay for it, as the policy document says.
struct PaidMeter {
    let code: String
    /// What is counted, and which calls.
    let terms: DrawTerms
    /// In the order in which they are drawn on.
    let sources: [Source]
    /// Whether what is used beyond them is put on the invoice.
    let isInvoiced: Bool
    /// Whether calls pass, and are not billed, while no collector is there.
    let isOpen: Bool

    struct Source {
        let grant: GrantRecord
        let terms: DrawTerms
        /// Base units of the grant that may be drawn beyond it while no collector is there.
        let overdraft: Int64
    }

    /// Nil for a meter that asks for nothing.
    ///
    /// - Parameter grants: those of the subscription, in their order.
    init?(_ meter: MeterRecord, of plan: PlanRecord, grants: [GrantRecord]) {
        let units = grants.filter { $0.unit == meter.code }
        let costs = meter.ceilingNumerator > 0
        let usedUp = meter.usedUp ?? (costs ? .charge : .deny)
        let money = costs && usedUp != .deny ? grants.filter { Self.pays($0, for: meter) } : []
        isInvoiced = plan.mode == .subscription && meter.usedUp == .charge
        // A meter that is only named asks for nothing; one that is granted or priced does, whatever is there to pay it.
        let isAsked =
            meter.usedUp == .deny || meter.usedUp == .limit || isInvoiced || costs && plan.mode != .subscription
        guard isAsked || !units.isEmpty || !money.isEmpty else { return nil }
        let outage = OutageAllowance(plan.outage)
        func source(_ grant: GrantRecord) -> Source {
            var terms = DrawTerms(meter, isMoney: grant.isMoney)
            terms.skipsUnreported = plan.unreported == .skip
            return Source(grant: grant, terms: terms, overdraft: outage.overdraft(of: grant, meter: meter.code, terms))
        }
        code = meter.code
        var terms = DrawTerms(meter, isMoney: false)
        terms.skipsUnreported = plan.unreported == .skip
        self.terms = terms
        sources = (units + money).map(source)
        isOpen = outage == .open
    }

    /// Whether money pays for a meter: that which is for it alone, and that which is for anything.
    private static func pays(_ grant: GrantRecord, for meter: MeterRecord) -> Bool {
        grant.isMoney && (grant.scope.isEmpty || grant.scope == meter.code)
    }
}

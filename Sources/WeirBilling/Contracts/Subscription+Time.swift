extension Subscription {
    /// Contracts that one call begins at most; whoever is further behind calls again until none follows.
    package static let mostContracts = 1_000

    /// A new subscription, with its trial if the plan has one and `withTrial` says so: a consumer gets one trial of a plan.
    package static func start(
        _ id: String, _ plan: Plan, at start: Int64, withTrial: Bool = true, clock: some PeriodClock
    ) throws(BillingError) -> (Subscription, events: [SubscriptionEvent]) {
        let nothing = Contract(subscription: id, number: 0, start: start, end: start, wholeStart: start, isTrial: false)
        var subscription = Subscription(id: id, plan: plan, contract: nothing, anchor: start)
        let events = try subscription.begin(at: start, asTrial: withTrial && plan.trialDays > 0, clock: clock)
        return (subscription, events)
    }

    /// Ends and begins contracts up to now, each at its instant.
    package mutating func advance(to now: Int64, clock: some PeriodClock) throws(BillingError) -> [SubscriptionEvent] {
        var copy = self
        var events: [SubscriptionEvent] = []
        for _ in 0..<Self.mostContracts {
            guard copy.endedAt == nil, !copy.isLapsed, let end = copy.contract.end, end <= now else { break }
            events += try copy.pass(end, clock: clock)
        }
        self = copy
        return events
    }

    private mutating func pass(_ end: Int64, clock: some PeriodClock) throws(BillingError) -> [SubscriptionEvent] {
        var events = [SubscriptionEvent.closed(contract, at: end)]
        switch next {
        case .cancel:
            endedAt = end
            next = nil
            return events + [.ended(at: end)]
        case .change(let new):
            if new.period != plan.period { anchor = end }
            plan = new
            next = nil
        case nil: break
        }
        // Fees of periods that nobody can use are not charged.
        if isOverdue(at: end) {
            isLapsed = true
            return events + [.lapsed(at: end)]
        }
        if contract.isTrial { anchor = end }
        events += try begin(at: end, asTrial: false, clock: clock)
        return events
    }

    /// Begins the next contract of the plan.
    mutating func begin(at start: Int64, asTrial isTrial: Bool, clock: some PeriodClock) throws(BillingError)
        -> [SubscriptionEvent]
    {
        let number = contract.number + 1
        guard plan.mode != .package, let period = plan.period else {
            contract = Contract(
                subscription: id, number: number, start: start, end: nil, wholeStart: start, isTrial: false)
            return [
                .began(
                    contract, plan: plan, fee: ExactAmount(plan.feeOrZero),
                    grants: try plan.packageGrants(at: start, clock: clock))
            ]
        }
        if isTrial {
            let days = try Period(every: plan.trialDays, .day, in: period.zone)
            let end = try clock.span(of: days, since: start, holding: start).end
            contract = Contract(
                subscription: id, number: number, start: start, end: end, wholeStart: start, isTrial: true)
            return [.began(contract, plan: plan, fee: .zero(plan.currency), grants: grants())]
        }
        let span = try clock.span(of: period, since: anchor, holding: start)
        contract = Contract(
            subscription: id, number: number, start: start, end: span.end, wholeStart: span.wholeStart, isTrial: false)
        let fee = try span.prorated(plan.feeOrZero).share(from: start, to: span.end)
        return [.began(contract, plan: plan, fee: fee, grants: grants())]
    }

    /// The contract's grants: its part of the period's; of payg those that it starts with.
    func grants() -> [GrantTerms] {
        guard let span = contract.span else { return [] }
        if plan.mode == .payg {
            return contract.number > 1
                ? [] : plan.grants.map { GrantTerms(allowance: $0.allowance, start: contract.start, expires: nil) }
        }
        return plan.grants.map { grant in
            let allowance = grant.allowance.share(of: span, from: contract.start)
            return GrantTerms(allowance: allowance, start: contract.start, expires: span.end)
        }
    }
}

extension Plan {
    var feeOrZero: Money { fee ?? .zero(currency) }

    /// What one purchase of a package gives.
    package func packageGrants(at instant: Int64, clock: some PeriodClock) throws(BillingError) -> [GrantTerms] {
        var expires: Int64?
        if let expiry { expires = try clock.span(of: expiry, since: instant, holding: instant).end }
        return grants.map { GrantTerms(allowance: $0.allowance, start: instant, expires: expires) }
    }
}

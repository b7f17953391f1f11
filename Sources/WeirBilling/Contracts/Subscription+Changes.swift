extension Subscription {
    /// When a change or a cancellation happens.
    package enum When: Hashable, Sendable {
        case now
        case periodEnd
    }

    /// What is customary: a plan that costs more at once, one that costs less at the period's end, when what was paid is used.
    package func usual(for new: Plan) -> When { plan.feeOrZero.nano <= new.feeOrZero.nano ? .now : .periodEnd }

    /// Changes to another plan.
    ///
    /// At once: the rest of the old fee is given back and that of the new one charged, by the second. Where the period is declared alike the
    /// billing day stays; else a new period begins. A trial goes on where the new plan has one.
    package mutating func change(
        to new: Plan, at instant: Int64, _ when: When, clock: some PeriodClock
    ) throws(BillingError) -> [SubscriptionEvent] {
        try checkIsOpen(at: instant)
        try checkIsPossible(new)
        guard when == .now else {
            next = .change(new)
            return []
        }
        var copy = self
        let events = try copy.changeNow(to: new, at: instant, clock: clock)
        self = copy
        return events
    }

    private mutating func changeNow(to new: Plan, at instant: Int64, clock: some PeriodClock) throws(BillingError)
        -> [SubscriptionEvent]
    {
        let old = contract
        guard let oldSpan = old.span else { throw Self.isPackage }
        var events = [SubscriptionEvent.closed(old, at: instant)]
        let oldFee = try oldSpan.prorated(old.isTrial ? .zero(plan.currency) : plan.feeOrZero)
        let keepsDay = new.period == plan.period && !(old.isTrial && new.trialDays == 0)
        plan = new
        next = nil
        guard keepsDay else {
            anchor = instant
            try events += credit(old, FeeChange(from: oldFee, to: nil, at: instant))
            events += try begin(at: instant, asTrial: old.isTrial && new.trialDays > 0, clock: clock)
            return events
        }
        contract = Contract(
            subscription: id, number: old.number + 1, start: instant, end: old.end, wholeStart: old.wholeStart,
            isTrial: old.isTrial)
        let newFee = try oldSpan.prorated(old.isTrial ? .zero(new.currency) : new.feeOrZero)
        let change = try FeeChange(from: oldFee, to: newFee, at: instant)
        events += credit(old, change)
        events.append(.began(contract, plan: new, fee: change.charge, grants: grants()))
        return events
    }

    private func credit(_ old: Contract, _ change: FeeChange) -> [SubscriptionEvent] {
        change.credit.isZero ? [] : [.credited(old, change.credit)]
    }

    /// Cancels. At once: the rest of the fee is given back.
    package mutating func cancel(at instant: Int64, _ when: When) throws(BillingError) -> [SubscriptionEvent] {
        try checkIsOpen(at: instant)
        guard when == .now || contract.end == nil else {
            next = .cancel
            return []
        }
        var events = [SubscriptionEvent.closed(contract, at: instant)]
        if let span = contract.span, !contract.isTrial {
            events += try credit(contract, FeeChange(from: span.prorated(plan.feeOrZero), to: nil, at: instant))
        }
        (next, endedAt) = (nil, instant)
        return events + [.ended(at: instant)]
    }

    /// Takes back a change or a cancellation that has not happened yet.
    package mutating func keep() { next = nil }

    /// Buys a package once more: its units add up with what is left.
    package mutating func buy(at instant: Int64, clock: some PeriodClock) throws(BillingError) -> SubscriptionEvent {
        try checkIsOpen(at: instant)
        guard plan.mode == .package else {
            throw BillingError(
                "plan.mode", expected: "a package, which is bought again", found: plan.mode.rawValue,
                advice: "top up the balance, or change to a larger plan")
        }
        return .bought(contract, fee: plan.feeOrZero, grants: try plan.packageGrants(at: instant, clock: clock))
    }

    // MARK: Payment

    /// Something is due since an instant; the first of several counts.
    package mutating func due(since instant: Int64) { dueSince = min(dueSince ?? instant, instant) }

    /// All that was due is paid. One that had lapsed begins again, with a period of its own.
    package mutating func paid(at instant: Int64, clock: some PeriodClock) throws(BillingError) -> [SubscriptionEvent] {
        var copy = self
        copy.dueSince = nil
        guard copy.isLapsed, copy.endedAt == nil else {
            self = copy
            return []
        }
        copy.isLapsed = false
        copy.anchor = instant
        let events = try copy.begin(at: instant, asTrial: false, clock: clock)
        self = copy
        return events
    }

    package mutating func pause() { isPaused = true }
    package mutating func resume() { isPaused = false }

    // MARK: What is refused

    private func checkIsOpen(at instant: Int64) throws(BillingError) {
        if let endedAt {
            throw BillingError(
                "subscription", expected: "one that has not ended", found: "one that ended at \(endedAt)",
                advice: "start a new one")
        }
        if isLapsed {
            throw BillingError(
                "subscription", expected: "one that is paid", found: "one that is overdue",
                advice: "pay what is due first")
        }
        guard instant >= contract.start, instant < contract.end ?? .max else {
            throw BillingError(
                "instant",
                expected:
                    "one of the contract in force, from \(contract.start)\(contract.end.map { " to before \($0)" } ?? "")",
                found: "\(instant)", advice: "advance the subscription to the instant first")
        }
    }

    private func checkIsPossible(_ new: Plan) throws(BillingError) {
        if plan.mode == .package || new.mode == .package { throw Self.isPackage }
        if new.currency != plan.currency { throw .mixed("plan.currency", expected: plan.currency, found: new.currency) }
        if new.code == plan.code, new.version == plan.version {
            throw BillingError(
                "plan", expected: "another plan or version", found: "\(new.code) \(new.version), the one in force",
                advice: next == nil ? "leave it as it is" : "keep the plan, to take back what was to follow")
        }
    }

    private static let isPackage = BillingError(
        "plan.mode", expected: "plans with periods", found: "a package",
        advice: "buy the package beside the other plan, and cancel that one")
}

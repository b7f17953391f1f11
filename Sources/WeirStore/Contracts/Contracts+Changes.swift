package import WeirBilling

/// What buyers and sellers ask for: another plan, an end, a pause.
extension Contracts {
    /// What a change costs.
    package struct ChangeTerms: Equatable, Sendable {
        package let when: Subscription.When
        /// When the new plan begins.
        package let at: Int64
        /// The fee of its first period, rounded up; and what of the old fee is given back, 0 or more.
        package let charge: Money
        package let credit: Money
    }

    /// Changes to another plan, of which the version that is sold was accepted.
    ///
    /// - Parameter when: nil for what is usual: a plan that costs more at once, one that costs less when what was paid is used.
    package func change(
        _ id: String, to reference: String, version: Int64, when asked: Subscription.When?
    ) throws(StoreError) -> (row: SubscriptionRow, terms: ChangeTerms) {
        var held = try held(id)
        let offer = try catalogue.offered(reference, version: version)
        let new = try offer.plan()
        guard (new.mode == .postpaid) == (held.value.plan.mode == .postpaid) else {
            throw .refused(
                .conflict, "plan",
                "expected one that is paid as plan \(held.value.plan.code) is, found one of mode \(new.mode.rawValue): subscribe to it, and cancel this one"
            )
        }
        let when = asked ?? held.value.usual(for: new)
        try withdraw(&held)
        let events = try asModelled { () throws(BillingError) in
            try held.value.change(to: new, at: now, when, clock: clock)
        }
        let terms: ChangeTerms
        if when == .now {
            held.followingPlan = nil
            (held.row.acceptedAt, terms) = (now, Self.terms(events, at: now, new.currency))
            try apply(events, to: &held)
            try settle(&held)
            try note("changed", held, "\(offer.code) \(offer.number)")
        } else {
            held.followingPlan = offer.id
            let following = try following(held)
            terms = ChangeTerms(
                when: .periodEnd, at: held.value.contract.end ?? now,
                charge: following?.fee.roundedUp ?? .zero(new.currency), credit: .zero(new.currency))
        }
        return (try finish(&held), terms)
    }

    private static func terms(_ events: [SubscriptionEvent], at now: Int64, _ currency: Currency) -> ChangeTerms {
        var (charge, credit) = (Money.zero(currency), Money.zero(currency))
        for event in events {
            if case .began(_, _, let fee, _) = event { charge = fee.roundedUp }
            if case .credited(_, let amount) = event { credit = Money(nano: -amount.roundedUp.nano, currency) }
        }
        return ChangeTerms(when: .now, at: now, charge: charge, credit: credit)
    }

    /// Cancels, at once or at the end of what is paid. One that has ended stays so.
    package func cancel(_ id: String, _ when: Subscription.When) throws(StoreError) -> SubscriptionRow {
        var held = try held(id)
        if held.value.endedAt != nil { return try finish(&held) }
        try withdraw(&held)
        let events = try asModelled { () throws(BillingError) in
            try held.value.cancel(at: max(now, held.value.contract.start), when)
        }
        held.followingPlan = nil
        try apply(events, to: &held)
        try settle(&held)
        try note("cancelled", held, when == .now ? "now" : "period_end")
        return try finish(&held)
    }

    /// Takes back a change or a cancellation that has not happened yet.
    package func keep(_ id: String) throws(StoreError) -> SubscriptionRow {
        var held = try open(id)
        if held.value.next != nil {
            try withdraw(&held)
            held.value.keep()
            held.followingPlan = nil
        }
        return try finish(&held)
    }

    /// Takes access back for a while, or gives it again; periods go on.
    package func pause(_ id: String, _ isPaused: Bool) throws(StoreError) -> SubscriptionRow {
        var held = try open(id)
        guard held.value.isPaused != isPaused else { return try finish(&held) }
        if isPaused { held.value.pause() } else { held.value.resume() }
        try note(isPaused ? "paused" : "active", held)
        return try finish(&held)
    }

    private func open(_ id: String) throws(StoreError) -> HeldSubscription {
        let held = try held(id)
        guard held.value.endedAt == nil else {
            throw .refused(.conflict, "subscription", "it has ended: make another one")
        }
        return held
    }
}

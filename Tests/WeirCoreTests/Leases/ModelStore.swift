import WeirCore

/// The model's `Bucket` for many holders, put together from the product's `LeaseBucket`.
///
/// The local authority has one holder; this shows that the same arithmetic carries a shared one.
struct ModelStore: ModelAuthority {
    var terms: LimitTerms
    var bucket: LeaseBucket
    var holders = ModelHolders()
    /// The model's `per` in that of the terms, which are reduced.
    let scale: Int64

    init(terms: LimitTerms, per: Int64) {
        self.terms = terms
        scale = per / terms.per
        bucket = LeaseBucket(full: terms, at: 0)
    }

    mutating func answer(_ call: ModelCall) -> ModelAnswer {
        let isNew = holders.isNew
        let before = holders.amount
        holders.settleAmount(call)
        change(from: before, call)
        if isNew { bucket = LeaseBucket(full: terms, at: 0) }
        for (name, lease) in holders.expired(call) {
            bucket.refill(until: lease.expires, outstanding: holders.outstanding, terms)
            holders.leases[name] = nil
        }
        let lease = holders.leases[call.agent] ?? ModelHolders.Lease(expires: call.now)
        holders.leases[call.agent] = lease
        if call.sequence > lease.sequence { grant(call, held: settle(call, lease)) }
        return ModelAnswer(
            grant: holders.leases[call.agent]?.grant ?? ModelAnswer.Grant(), level: bucket.level(terms),
            outstanding: holders.outstanding, amount: holders.amount, recall: bucket.credit < 0,
            count: bucket.credit * scale)
    }

    /// What was used stays used.
    private mutating func change(from before: Int64, _ call: ModelCall) {
        guard holders.amount != before,
            let new = LimitTerms(capacity: holders.amount, tokens: call.numerator, microseconds: call.per)
        else { return }
        bucket.refill(until: call.now - call.age, outstanding: holders.outstanding, terms)
        let used = terms.fullCredit - bucket.credit
        terms = new
        bucket.credit = new.fullCredit - used
    }

    /// Takes what is reported, in the order that keeps the invariant. Returns whether the lease was held.
    private mutating func settle(_ call: ModelCall, _ old: ModelHolders.Lease) -> Bool {
        var lease = old
        let held = lease.expires > call.now && lease.tokens > 0
        if !held {
            if lease.tokens > 0 {
                bucket.refill(until: lease.expires, outstanding: holders.outstanding, terms)
            }
            lease.tokens = 0
            holders.leases[call.agent] = lease
        }
        let spent = min(call.spent, lease.tokens)
        let back = min(call.back, lease.tokens - spent)
        bucket.refill(until: call.now - call.age, outstanding: holders.outstanding, terms)
        lease.tokens -= spent
        holders.leases[call.agent] = lease
        bucket.refill(until: call.now, outstanding: holders.outstanding, terms)
        lease.tokens -= back
        holders.leases[call.agent] = lease
        if back > 0 {
            let room = (terms.capacity - holders.outstanding) * terms.per
            bucket.credit = max(bucket.credit, min(bucket.credit + back * terms.per, room))
        }
        bucket.credit = max(bucket.credit - call.extra * terms.per, min(bucket.credit, -terms.fullCredit))
        return held
    }

    private mutating func grant(_ call: ModelCall, held: Bool) {
        let granted = holders.cut(call, recalls: false, available: bucket.level(terms), whole: terms.capacity)
        if granted > 0, !bucket.take(granted, terms) { preconditionFailure("granted more than the level") }
        guard var lease = holders.leases[call.agent] else { return }
        var retry: Int64 = 0
        if granted == 0 {
            retry = bucket.wait(for: max(1, min(call.first, terms.capacity)), terms)
            if holders.outstanding > lease.tokens { retry = min(retry, ModelHolders.recheck) }
        }
        lease.tokens += granted
        lease.expires = call.now + call.ttl
        lease.sequence = call.sequence
        lease.grant = ModelAnswer.Grant(standing: held ? 1 : 0, granted: granted, retry: retry, life: call.ttl)
        holders.leases[call.agent] = lease
    }
}

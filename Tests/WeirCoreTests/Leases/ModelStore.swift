import WeirCore

/// The model's `Store.call` for many holders, put together from the product's `LeaseBucket`.
///
/// The local authority has one holder; this shows that the same arithmetic carries a shared one.
struct ModelStore {
    struct Lease {
        var tokens: Int64
        var expires: Int64
        var sequence: Int64
        var answer: Answer
    }

    struct Answer: Equatable {
        var held: Bool
        var granted: Int64
        var retry: Int64
    }

    struct Call {
        var now: Int64
        var agent: String
        var sequence: Int64
        var spent: Int64
        var age: Int64
        var back: Int64
        var need: Int64
        var first: Int64
        var ahead: Int64
        var ttl: Int64
        var sharePercent: Int64
    }

    /// Microseconds for which a denial is remembered when others may give tokens back.
    static let recheck: Int64 = 50_000

    let terms: LimitTerms
    var bucket: LeaseBucket
    var leases: [String: Lease] = [:]

    init(terms: LimitTerms) {
        self.terms = terms
        bucket = LeaseBucket(full: terms, at: 0)
    }

    var outstanding: Int64 { leases.values.reduce(0) { $0 + $1.tokens } }

    mutating func answer(_ call: Call) -> Answer {
        for (name, lease) in leases.sorted(by: { ($0.value.expires, $0.key) < ($1.value.expires, $1.key) })
        where lease.expires <= call.now && name != call.agent {
            bucket.refill(until: max(bucket.at, lease.expires), outstanding: outstanding, terms)
            leases[name] = nil
        }
        var lease =
            leases[call.agent]
            ?? Lease(tokens: 0, expires: call.now, sequence: 0, answer: Answer(held: false, granted: 0, retry: 0))
        if call.sequence <= lease.sequence { return lease.answer }
        let held = lease.expires > call.now && lease.tokens > 0
        if !held {
            if lease.tokens > 0 {
                bucket.refill(until: max(bucket.at, lease.expires), outstanding: outstanding, terms)
            }
            lease.tokens = 0
        }
        let spent = min(held ? call.spent : 0, lease.tokens)
        let back = min(held ? call.back : 0, lease.tokens - spent)
        bucket.refill(until: max(bucket.at, call.now - call.age), outstanding: outstanding, terms)
        lease.tokens -= spent
        leases[call.agent] = lease
        bucket.refill(until: call.now, outstanding: outstanding, terms)
        lease.tokens -= back
        leases[call.agent] = lease
        bucket.credit += back * terms.per
        let level = bucket.credit / terms.per
        let share = terms.capacity * call.sharePercent / 100
        let parked = max(0, min(call.ahead, share - outstanding - call.need))
        var granted = min(call.need + parked, level)
        if granted < call.first { granted = 0 }
        if !bucket.take(granted, terms) { preconditionFailure("granted more than the level") }
        let others = outstanding - lease.tokens
        var retry: Int64 = 0
        if granted == 0 {
            retry = bucket.wait(for: max(1, call.first), terms)
            if others > 0 { retry = min(retry, Self.recheck) }
        }
        lease.tokens += granted
        lease.expires = call.now + call.ttl
        lease.sequence = call.sequence
        lease.answer = Answer(held: held, granted: granted, retry: retry)
        leases[call.agent] = lease
        return lease.answer
    }
}

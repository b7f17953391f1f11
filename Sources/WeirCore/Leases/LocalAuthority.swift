/// Hands out leases from this agent's own buckets: the authority where no store is shared.
///
/// It is the model's `Store.call` with one holder, which reports each spend at the instant it happens. So nothing is
/// granted ahead, no lease expires, and what all checks together see is exactly one central bucket. A shared authority
/// takes its place by keeping more tokens in hand; the limiter spends what is in hand either way.
package struct LocalAuthority: Sendable {
    package init() {}

    /// Puts `tokens` in hand, if the bucket has them.
    @inline(__always)
    package func secure(_ tokens: Int64, _ slot: inout LimitSlot, _ terms: LimitTerms, now: Instant) -> Tenure {
        slot.bucket.refill(until: now.microseconds, outstanding: slot.inHand, terms)
        guard tokens <= terms.capacity else { return .never }
        let missing = tokens &- slot.inHand
        guard missing > 0 else { return .held }
        guard slot.bucket.take(missing, terms) else {
            return .refused(microseconds: slot.wait(for: missing, terms, now: now))
        }
        slot.inHand = tokens
        return .held
    }

    /// Spends tokens that are in hand, and reports it in the same instant.
    @inline(__always)
    package func spend(_ tokens: Int64, _ slot: inout LimitSlot) {
        slot.inHand &-= tokens
        slot.isUnsealed = slot.windowEnd > 0
    }
}

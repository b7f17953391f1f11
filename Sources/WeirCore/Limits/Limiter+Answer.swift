/// What a check is told: which limit stands closest to its end, what is left of it, and when to come back.
extension Limiter {
    /// Names the most constrained limit: on a denial the one with the longest retry-after, else the one with the least
    /// remaining ÷ limit, else the first.
    mutating func describe(isRefused: Bool, now: Instant, _ decision: inout Decision) {
        var best = -1
        var bestRetry: UInt64 = 0
        var bestRemaining: UInt64 = 0
        for index in 0..<matchCount where matches[index].isEnforced {
            let retry = Self.retry(matches[index].tenure)
            if isRefused {
                if retry == 0 || best >= 0 && retry <= bestRetry { continue }
                best = index
                bestRetry = retry
                continue
            }
            let remaining = remaining(matches[index], now: now)
            if best >= 0 {
                let mine = remaining.multipliedFullWidth(by: capacity(matches[best]))
                let theirs = bestRemaining.multipliedFullWidth(by: capacity(matches[index]))
                if (mine.high, mine.low) >= (theirs.high, theirs.low) { continue }
            }
            best = index
            bestRemaining = remaining
        }
        decision.reason = .ok
        guard best >= 0 else { return }
        let limit = matches[best].limit
        decision.statement = .limit(UInt16(limit))
        decision.limit = capacity(matches[best])
        decision.unit = policy.tables.value.limits[limit].unit
        decision.remaining = isRefused ? remaining(matches[best], now: now) : bestRemaining
        decision.windowSeconds = windowSeconds(limit)
        decision.resetMicroseconds = reset(matches[best], now: now)
        if shared.isOn { decision.state = sharedState(matchCount) }
        guard isRefused else { return }
        decision.verdict = .deny
        decision.reason =
            matches[best].tenure == .never
            ? .tooLarge : policy.tables.value.limits[limit].reason
        decision.status = policy.tables.value.limits[limit].status
        if matches[best].source == .late { (decision.reason, decision.status) = (.overload, 503) }
        decision.retryAfterMicroseconds = bestRetry
    }

    @inline(__always)
    private mutating func capacity(_ match: Match) -> UInt64 {
        UInt64(policy.tables.value.limits[match.limit].terms.capacity)
    }

    @inline(__always)
    mutating func remaining(_ match: Match, now: Instant) -> UInt64 {
        if shared.isOn { return remainingShared(match, now: now.microseconds) }
        let terms = policy.tables.value.limits[match.limit].terms
        if match.slot >= 0 { return UInt64(table[match.slot].available(terms)) }
        var slot = peekSlot(match, now: now)
        slot.bucket.refill(until: now.microseconds, outstanding: slot.inHand, terms)
        return UInt64(slot.available(terms))
    }

    mutating func reset(_ match: Match, now: Instant) -> UInt64 {
        let limit = policy.tables.value.limits[match.limit]
        // By then every request of now has ended, or is taken to have.
        if limit.isSlots {
            return remaining(match, now: now) < UInt64(limit.terms.capacity) ? UInt64(limit.holdMicroseconds) : 0
        }
        if shared.isOn { return resetShared(match, now: now) }
        let terms = policy.tables.value.limits[match.limit].terms
        if match.slot >= 0 { return UInt64(table[match.slot].reset(terms, now: now)) }
        var slot = peekSlot(match, now: now)
        slot.bucket.refill(until: now.microseconds, outstanding: slot.inHand, terms)
        return UInt64(slot.reset(terms, now: now))
    }

    private static func retry(_ tenure: Tenure) -> UInt64 {
        switch tenure {
        case .held: 0
        case .refused(let microseconds): UInt64(max(1, microseconds))
        case .waits: 1
        case .never: CheckAnswer.never
        }
    }
}

/// What somebody asks who wonders why a request is denied.
extension Limiter {
    /// Explains each limit that the request in `attributes` matches; nothing is taken, counted or asked for.
    ///
    /// - Returns: the explanations in the order of the policy; `denial` is the number of a `deny` statement that matches, -1 for none,
    ///   and `isExempt` whether an `exempt` statement lifts some limit.
    package mutating func explain(
        _ request: CheckRequest, in bytes: RawSpan, now: Instant
    ) -> (limits: [LimitExplanation], denial: Int, isExempt: Bool) {
        let (count, denial, isExempt) = match(request, in: bytes, now: now)
        return ((0..<count).map { explain(matches[$0], now: now) }, denial, isExempt)
    }

    private mutating func explain(_ match: Match, now: Instant) -> LimitExplanation {
        let terms = policy.tables.value.limits[match.limit].terms
        var explanation = LimitExplanation(
            limit: match.limit, finding: .passes, isEnforced: match.isEnforced, tokens: match.tokens,
            capacity: terms.capacity, inHand: 0, inStore: nil, waiting: 0, reset: reset(match, now: now))
        if shared.isOn {
            explainShared(match, &explanation, now: now.microseconds)
        } else {
            switch peek(match, now: now) {
            case .held, .waits: break
            case .refused(let microseconds): explanation.finding = .denied(microseconds: microseconds)
            case .never: explanation.finding = .never
            }
            explanation.inHand = Int64(clamping: remaining(match, now: now))
        }
        if match.tokens > terms.capacity { explanation.finding = .never }
        return explanation
    }

    private mutating func explainShared(_ match: Match, _ explanation: inout LimitExplanation, now: Int64) {
        let outage = policy.tables.value.limits[match.limit].outage
        guard let place = shared.leases.find(match.key) else {
            explanation.finding = shared.state(of: match.key, now: now) == .shared ? .asks : .outage(outage)
            return
        }
        explanation.inHand = shared.leases[place].lease.usable(now)
        explanation.inStore = shared.leases[place].lease.level
        explanation.waiting = Int(shared.leases[place].lease.waiting)
        switch shared.leases[place].lease.look(match.tokens, now: now) {
        case .held: explanation.finding = .passes
        case .denied(let retry): explanation.finding = .denied(microseconds: retry)
        case .waits: explanation.finding = shared.state(place, now: now) == .shared ? .asks : .outage(outage)
        }
    }

    /// Adds up what is held of each limit's keys, from place `start` on; looks at no more than `scan` places.
    ///
    /// - Parameter surveys: one for each limit.
    /// - Returns: the place to go on from; nil at the end.
    package mutating func surveyLeases(
        from start: Int, scan: Int, now: Int64, into surveys: inout [LeaseSurvey]
    ) -> Int? {
        let end = min(start + scan, shared.leases.end)
        for place in start..<max(start, end) where shared.leases[place].isUsed {
            let limit = Int(shared.leases[place].limit)
            guard surveys.indices.contains(limit) else { continue }
            surveys[limit].keys += 1
            surveys[limit].outstanding &+= shared.leases[place].lease.outstanding(now)
            surveys[limit].waiting += Int(shared.leases[place].lease.waiting)
            if shared.state(place, now: now) != .shared { surveys[limit].alone += 1 }
        }
        return end >= shared.leases.end ? nil : end
    }

    /// A copy of the key's slot in the limit's terms; a full one where there is none.
    mutating func peekSlot(_ match: Match, now: Instant) -> LimitSlot {
        let terms = policy.tables.value.limits[match.limit].terms
        guard let index = table.find(match.key) else {
            return LimitSlot(full: terms, at: now.microseconds, windowEnd: windowEnd(match.limit))
        }
        var slot = table[index]
        if slot.terms != self.terms[match.limit] {
            slot.convert(
                from: table.terms[slot.terms], to: terms,
                isProportional: policy.tables.value.limits[match.limit].isProportional, now: now.microseconds)
        }
        return slot
    }
}

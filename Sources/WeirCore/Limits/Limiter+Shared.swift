/// Limits that the fleet shares: tokens come from leases, and a check that finds none waits for the store, for a while.
extension Limiter {
    /// When to come back where the store did not answer in time.
    private static let lateMicroseconds: Int64 = 50_000
    /// When to come back where nobody knows when the store will answer again.
    private static let awayMicroseconds: Int64 = 1_000_000

    // MARK: Checks

    /// Looks whether the lease of a match has its tokens; if not, whether the check has to wait, or who decides without the store.
    mutating func secureShared(_ index: Int, isPeek: Bool, now: Instant) {
        let match = matches[index]
        guard match.tokens <= policy.tables.value.limits[match.limit].terms.capacity else {
            matches[index].tenure = .never
            return
        }
        if isPeek { return peekShared(index, now: now.microseconds) }
        guard let place = place(of: match.key, match.limit, now: now) ?? overflowPlace(index, now: now) else {
            matches[index].tenure = .refused(microseconds: Self.noRoomMicroseconds)
            matches[index].source = .late
            return
        }
        matches[index].place = place
        matches[index].source = .lease
        let finding =
            match.isReported
            ? shared.leases[place].lease.findReported(match.tokens, now: now.microseconds)
            : shared.leases[place].lease.find(match.tokens, now: now.microseconds)
        switch finding {
        case .held: matches[index].tenure = .held
        // What a frozen store said is no denial: its outage policy decides until the thaw.
        case .denied(let retry) where shared.state(place, now: now.microseconds) != .frozen:
            matches[index].tenure = .refused(microseconds: retry)
        case .denied, .waits: decideWithoutLease(index, place, now: now.microseconds)
        }
    }

    private mutating func decideWithoutLease(_ index: Int, _ place: Int, now: Int64) {
        let match = matches[index]
        let state = shared.state(place, now: now)
        shared.wish(place)
        guard state != .shared else {
            if mayWait, match.isEnforced {
                matches[index].tenure = .waits
            } else if enforcement == .on, match.isEnforced {
                matches[index].tenure = .refused(microseconds: Self.lateMicroseconds)
                matches[index].source = .late
            } else {
                matches[index].source = .open
            }
            return
        }
        matches[index].source = .alone
        let away = state == .frozen ? max(1, shared.thaw(place, now: now)) : Self.awayMicroseconds
        switch policy.tables.value.limits[match.limit].outage {
        case .allow: matches[index].source = .open
        case .deny: matches[index].tenure = .refused(microseconds: away)
        case .local:
            if shared.hasAlone(match.tokens, place, now: now) { return }
            let wait = shared.leases[place].lease.waitAlone(match.tokens, fleet: shared.fleet)
            matches[index].tenure = .refused(microseconds: min(wait ?? away, away))
        }
    }

    mutating func place(of key: Hash128, _ limit: Int, now: Instant) -> Int? {
        if let place = shared.leases.find(key), !shared.leases[place].lease.isDone { return place }
        guard mayInsert(key, limit) else { return nil }
        let lease = newLease(limit, now: now.microseconds)
        return shared.place(of: key, limit: limit, now: now) { lease }
    }

    /// The lease that something is charged to afterwards: a key that was forgotten owes all the same.
    mutating func leasePlace(of charge: OpenCharge, now: Instant) -> Int? {
        let limit = Int(charge.limit)
        guard limit >= 0, charge.windowEnd == windowEnd(limit) else { return shared.leases.find(charge.key) }
        let lease = newLease(limit, now: now.microseconds)
        return shared.place(of: charge.key, limit: limit, isOverflow: charge.isOverflow, now: now) { lease }
    }

    /// The limit's overflow entry, for keys that have no room, or that their client may not bring.
    mutating func overflowPlace(_ index: Int, now: Instant) -> Int? {
        let limit = matches[index].limit
        let identity = overflowIdentity(limit)
        let lease = newLease(limit, now: now.microseconds)
        let key = Hash128(low: ~identity.low, high: ~identity.high)
        guard let place = shared.place(of: key, limit: limit, isOverflow: true, now: now, { lease }) else { return nil }
        matches[index].isOverflow = true
        return place
    }

    private mutating func newLease(_ limit: Int, now: Int64) -> SharedLease {
        let (start, end) = window(limit)
        let terms = policy.tables.value.limits[limit].terms
        let kind: LeaseAsk.Kind = policy.tables.value.limits[limit].isSlots ? .slots : end > 0 ? .window : .bucket
        return SharedLease(kind, terms, start: start, end: end, now: now)
    }

    /// A peek waits for nobody: what nothing is known of passes.
    private mutating func peekShared(_ index: Int, now: Int64) {
        matches[index].source = .lease
        guard let place = shared.leases.find(matches[index].key) else { return }
        matches[index].place = place
        if case .denied(let retry) = shared.leases[place].lease.look(matches[index].tokens, now: now) {
            matches[index].tenure = .refused(microseconds: retry)
        }
    }

    /// Notes, for each lease that the check lacks, that it waits.
    mutating func park(_ count: Int) {
        for index in 0..<count where matches[index].tenure == .waits && matches[index].isEnforced {
            shared.park(matches[index].tokens, matches[index].place)
            if !isRerun { counters[matches[index].limit].shared.waited &+= 1 }
        }
    }

    /// Spends what a match has found.
    @inline(__always)
    mutating func spendShared(_ match: Match, now: Int64) {
        switch match.source {
        case .lease: shared.spend(match.tokens, match.place, now: now)
        case .alone:
            shared.leases[match.place].lease.spendAlone(match.tokens, now: now)
            counters[match.limit].shared.alone &+= UInt64(match.tokens)
        case .local, .open, .late: break
        }
    }

    // MARK: The answer

    /// What the decision rested on: the store's leases, or without it.
    mutating func sharedState(_ count: Int) -> DecisionState {
        for index in 0..<count where matches[index].source == .alone || matches[index].source == .open {
            if matches[index].isEnforced { return .alone }
        }
        return .shared
    }

    /// Tokens that are left, as far as is known here.
    mutating func remainingShared(_ match: Match, now: Int64) -> UInt64 {
        guard match.place >= 0 else { return UInt64(policy.tables.value.limits[match.limit].terms.capacity) }
        return UInt64(max(0, shared.leases[match.place].lease.available(now)))
    }

    mutating func resetShared(_ match: Match, now: Instant) -> UInt64 {
        let end = windowEnd(match.limit)
        if end > 0 { return UInt64(max(1, end &- now.wallMicroseconds)) }
        let terms = policy.tables.value.limits[match.limit].terms
        guard terms.numerator > 0 else { return 0 }
        let missing = terms.capacity &- Int64(clamping: remainingShared(match, now: now.microseconds))
        return UInt64(max(0, missing &* terms.per &+ terms.numerator &- 1) / terms.numerator)
    }

    // MARK: The store

    /// Takes the store's answer to a request, and counts what has passed.
    package mutating func take(_ answer: LeaseAnswer, to request: LeaseRequest, now: Int64) {
        guard let (outcome, limit) = shared.take(answer, to: request, now: now), limit >= 0 else { return }
        counters[limit].shared.calls &+= 1
        counters[limit].shared.granted &+= UInt64(outcome.granted)
        counters[limit].shared.returned &+= UInt64(max(0, outcome.returned))
        counters[limit].shared.burned &+= UInt64(max(0, outcome.burned))
    }

    /// Another policy is about to be in force: leases follow their limits.
    mutating func renumberLeases(_ next: borrowing CompiledPolicy) {
        guard shared.isOn else { return }
        let numbers = newNumbers(next)
        let renumbered = numbers.map { number in number.map { (number: $0, terms: next.limit($0).terms) } }
        shared.renumber { renumbered[$0] }
    }

    /// Likewise what checks that are not over hold.
    mutating func renumberOpen(_ next: borrowing CompiledPolicy) {
        let numbers = newNumbers(next)
        opened.renumber { numbers[$0] ?? -1 }
        awaited.renumber { numbers[$0] ?? -1 }
    }

    /// Of each limit its number in another policy; nil for one that is gone.
    private func newNumbers(_ next: borrowing CompiledPolicy) -> [Int?] {
        var numbers: [Hash128: Int] = [:]
        for index in 0..<next.limitCount { numbers[next.limit(index).identity] = index }
        // Of two versions of a plan each goes on with its own.
        for index in 0..<next.limitCount { numbers[next.limit(index).serial] = index }
        return (0..<policy.limitCount).map { numbers[policy.limit($0).serial] ?? numbers[policy.limit($0).identity] }
    }
}

/// What is said to the store, when, and what its answer means.
extension SharedLease {
    /// What an answer has changed.
    package struct Outcome: Equatable, Sendable {
        /// False for the answer to another call: it says nothing.
        package var isTaken = false
        /// Whether checks that wait and do not pass now are denied: there is nothing for them.
        package var deniesWaiting = false
        package var granted: Int64 = 0
        package var returned: Int64 = 0
        /// Tokens that were in hand and are void: the lease was over when the call came.
        package var burned: Int64 = 0
    }

    /// Whether there is something that the store has not been told.
    private var isUntold: Bool {
        switch kind {
        case .bucket: spent > 0 || debt > 0
        case .window: spent > told
        case .slots: false
        }
    }

    /// Whether to call the store now.
    package func isDue(now: Int64, _ pace: LeasePace) -> Bool {
        guard call == nil else { return false }
        if waiting > 0 { return now >= denyUntil || first < denyCost }
        if (isRecalled || isLeaving) && (tokens > 0 || isUntold) { return true }
        if isLeaving || isDone { return false }
        if runsDry(now: now, pace) { return now >= max(calledAt &+ pace.period, denyUntil) }
        if inUse > 0, now >= calledAt &+ pace.life / 2 { return true }
        guard isUntold || tokens > 0 && (demand.isIdle(now) || now >= until) else { return false }
        // What was spent makes no tokens anew until it is told, and what is not wanted is somebody else's; but where there is plenty
        // nobody misses either: a rate's lease just ends.
        if isPlenty(now) { return kind == .window && now >= calledAt &+ pace.life / 2 }
        return now >= calledAt &+ pace.report
    }

    /// Whether the store had so much by its last answer that this agent may hold more for longer, and tell less often.
    private func isPlenty(_ now: Int64) -> Bool {
        guard kind != .slots, debt == 0, !isRecalled, now &- calledAt < 10_000_000 else { return false }
        return level >= 64 &* (demand.tokens(in: 1_000_000, now: now) &+ 1)
    }

    /// Whether what is in hand, or the lease that it is of, will not last until more could be here.
    private func runsDry(now: Int64, _ pace: LeasePace) -> Bool {
        usable(now &+ pace.notice) < demand.tokens(in: pace.notice, now: now)
    }

    /// Whether a call that it is too early for is due before long.
    func isDueSoon(now: Int64, _ pace: LeasePace) -> Bool {
        call == nil && (waiting > 0 || isRecalled && tokens > 0 || !isLeaving && runsDry(now: now, pace))
    }

    /// Whether the store may have forgotten what it was told, and has to be told again before it grants anything.
    ///
    /// - Parameter epoch: of the store, as it was last heard of.
    package func isToBeRegistered(epoch: Int64) -> Bool {
        guard call == nil, !isDone, toldEpoch != 0, toldEpoch < epoch else { return false }
        return kind == .window ? spent > 0 || tokens > 0 : kind == .slots && inUse > 0
    }

    /// Makes the call: reports what was spent, gives back what is not wanted, and keeps the rest, which may be spent meanwhile.
    ///
    /// - Parameters:
    ///   - version: of the amounts; 0 where there is none.
    ///   - isLast: of a window: this name counts nothing any more.
    package mutating func makeCall(version: Int64 = 0, isLast: Bool = false, now: Int64, _ pace: LeasePace) -> LeaseAsk
    {
        precondition(call == nil, "one call at a time")
        let want =
            isRecalled || isLeaving
            ? 0
            : min(
                demand.tokens(in: isPlenty(now) ? pace.life / 2 : pace.reach, now: now), terms.capacity)
        let keep = min(usable(now), want)
        sequence = max(sequence &+ 1, 1)
        var ask = LeaseAsk(
            kind: kind, sequence: sequence, version: version, amount: terms.capacity, life: pace.life,
            sharePercent: pace.sharePercent)
        switch kind {
        case .bucket:
            (ask.numerator, ask.per) = (terms.numerator, terms.per)
            (ask.spent, ask.back, ask.extra) = (spent, tokens &- keep, debt)
            (spent, debt) = (0, 0)
        case .window:
            (ask.numerator, ask.per) = (start, end)
            (ask.spent, ask.back, ask.extra) = (spent, keep, isLast ? 1 : 0)
        case .slots: ask.back = inUse &+ keep
        }
        ask.need = max(0, need &- keep)
        ask.first = max(0, first &- keep)
        ask.ahead = max(0, want &- keep)
        call = ask
        tokens = keep
        (calledAt, isRecalled) = (now, false)
        if askedAt == 0 { askedAt = max(1, now) }
        return repeated(now: now, pace)
    }

    /// The call as it is sent now, for the first time or again: how long ago the last token was spent is the one number that changes.
    package mutating func repeated(now: Int64, _ pace: LeasePace) -> LeaseAsk {
        guard var ask = call else { preconditionFailure("no call to repeat") }
        sentAt = now
        ask.age = kind == .bucket && ask.spent > 0 ? pace.shortest(max(0, now &- spentAt)) : 0
        return ask
    }

    /// Whether the call was sent so long ago without an answer that it should be sent again.
    package func isOverdue(now: Int64, _ pace: LeasePace) -> Bool {
        call != nil && now &- sentAt >= pace.patience &+ 2 &* pace.roundTrip
    }

    /// Whether nobody can say any more what became of the call: what it may have brought is over. The agent goes on with `giveUp`.
    package func isGivenUp(now: Int64, _ pace: LeasePace) -> Bool { call != nil && now &- calledAt > pace.life }

    /// Begins anew. What a window has spent and which slots are in use is said in every call, and means the same to any store.
    ///
    /// - Returns: whether the agent must go on under another name: what the store knows of a bucket under the old one expires there.
    package mutating func giveUp() -> Bool {
        guard let ask = call else { return false }
        call = nil
        guard kind == .bucket else { return false }
        (tokens, spent, isRecalled) = (0, 0, false)
        debt = min(debt &+ ask.extra, LimitTerms.maximumProduct)
        return true
    }

    /// Takes the answer to the call of this number; any other is late, and says nothing.
    ///
    /// - Parameter epoch: of the store that has answered.
    package mutating func take(
        _ answer: LeaseAnswer, sequence: Int64, epoch: Int64 = 1, now: Int64, _ pace: LeasePace
    ) -> Outcome {
        guard let ask = call, ask.sequence == sequence else { return Outcome() }
        call = nil
        toldEpoch = epoch
        (askedAt, aloneAt) = (0, 0)
        level = answer.level
        var outcome = Outcome(isTaken: true, granted: answer.granted)
        if kind == .bucket { outcome.returned = ask.back }
        if kind == .window {
            told = max(told, ask.spent)
            isDone = ask.extra == 1 && answer.standing != .frozen
        }
        if answer.standing == .frozen {
            // What was kept may be spent until its old deadline; nobody will ask for what was spent of it.
            if kind == .bucket { (spent, debt) = (0, debt &+ ask.extra) }
        } else {
            if answer.standing != .held {
                outcome.burned = usable(now)
                tokens = 0
                if kind == .bucket { spent = 0 }
                if kind == .slots { lapsed = inUse }
            }
            tokens &+= answer.granted
            until = calledAt &+ pace.shortest(answer.life)
            isRecalled = answer.isRecall
        }
        low = demand.tokens(in: pace.notice, now: now)
        // What a frozen store says is no denial: the outage policy decides.
        guard ask.need > 0, answer.standing != .frozen else { return outcome }
        guard answer.granted == 0 else {
            rest(behind: answer, now: now, pace)
            return outcome
        }
        denyUntil = now &+ max(pace.period, answer.retry)
        denyCost = max(1, ask.first)
        outcome.deniesWaiting = true
        return outcome
    }

    /// Whoever was given the last that there was need not ask again at once: what the limit makes meanwhile waits in the store, which has
    /// room for four times as much.
    private mutating func rest(behind answer: LeaseAnswer, now: Int64, _ pace: LeasePace) {
        guard kind == .bucket, answer.level == 0 else { return }
        denyUntil = max(denyUntil, calledAt &+ min(pace.period, terms.microsecondsToFull / 4))
        denyCost = 1
    }

    /// What is left to say of a window in the name of an agent that is gone: all that it has spent, and that it keeps nothing. Nil where
    /// the store knows it, or forgets by itself.
    var lastWord: LeaseAsk? {
        guard kind == .window, !isDone, spent >= 0, terms.isSound, spent > 0 || sequence > 0 else { return nil }
        return LeaseAsk(
            kind: .window, sequence: sequence &+ 1, amount: terms.capacity, numerator: start, per: end, spent: spent,
            extra: 1, life: LeasePace().life, sharePercent: LeasePace().sharePercent)
    }

    // MARK: Oblivion

    /// Whether it knows nothing that would be missed.
    ///
    /// - Parameter wall: the wall clock, in microseconds: a window that is over counts nothing any more.
    package func isForgettable(now: Int64, wall: Int64) -> Bool {
        if kind == .window {
            if wall >= end, waiting == 0 { return true }
            guard isDone || spent == 0 && told == 0 else { return false }
        }
        // Of a rate's lease that is over nobody wants to know what was spent.
        let isMissed = kind == .bucket ? debt > 0 || spent > 0 && now < until : isUntold
        guard call == nil, waiting == 0, inUse == 0, usable(now) == 0, now >= denyUntil, !isMissed else { return false }
        return demand.isIdle(now)
    }

    /// Whether a window that goes on should say its total and be forgotten, for want of anybody who asks.
    ///
    /// - Parameter after: microseconds without a check.
    package func isToBeLast(after: Int64, now: Int64, wall: Int64) -> Bool {
        kind == .window && call == nil && waiting == 0 && !isDone && wall < end && usable(now) == 0
            && now &- demand.at >= after
    }
}

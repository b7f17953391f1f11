/// What an agent holds of one bucket that the fleet shares, and what it has to tell the store of it.
///
/// The model's `BucketAgent`, `Tests/Model/leases`: tokens leave the store before anyone spends them, so all agents together never
/// admit more than one bucket would. Pure: the caller has the clock (microseconds that never go back), the checks that wait, and
/// the way to the store. One call is in flight at most; it is repeated unchanged, under its number, until it is answered or given up.
package struct BucketLease: Equatable, Sendable, BitwiseCopyable {
    /// What a check finds.
    package enum Finding: Equatable, Sendable {
        /// Enough is in hand.
        case held
        /// Not before so many microseconds.
        case denied(retry: Int64)
        /// It has to wait for the store.
        case waits
    }

    private var tokens: Int64 = 0
    /// From when the tokens are void, whatever the store says.
    private var until: Int64 = .min
    private var spent: Int64 = 0
    private var spentAt: Int64 = 0
    private var sequence: Int64 = 0
    /// The call that has no answer yet.
    package private(set) var call: LeaseAsk?
    private var calledAt: Int64 = .min / 2
    private var sentAt: Int64 = 0
    /// A denial is remembered with its cost: a smaller request is asked for all the same.
    private var denyUntil: Int64 = .min
    private var denyCost: Int64 = 0
    private var demand = Demand()
    private var isRecalled = false

    package init() {}

    /// Tokens that may be spent.
    package func usable(_ now: Int64) -> Int64 { now < until ? tokens : 0 }

    /// The most that this agent could still admit if it heard nothing more.
    package var outstanding: Int64 { tokens }

    // MARK: Checks

    /// Looks whether a check may pass. Nobody overtakes a check of the same key that waits.
    ///
    /// - Parameter isAlone: whether no other check of the key waits.
    package mutating func find(_ cost: Int64, isAlone: Bool, now: Int64) -> Finding {
        demand.add(cost, now: now)
        if isAlone, usable(now) >= cost { return .held }
        if now < denyUntil, cost >= denyCost { return .denied(retry: denyUntil &- now) }
        return .waits
    }

    /// Spends tokens that are in hand.
    package mutating func spend(_ cost: Int64, now: Int64) {
        precondition(cost <= usable(now), "spending what is not in hand")
        tokens &-= cost
        spent &+= cost
        spentAt = now
    }

    // MARK: Calls

    /// Whether to call the store now.
    ///
    /// - Parameter isWaitedFor: whether a check waits for it.
    package func isDue(isWaitedFor: Bool, now: Int64, _ pace: LeasePace) -> Bool {
        guard call == nil else { return false }
        if isWaitedFor || isRecalled && tokens > 0 { return true }
        let isLow = usable(now) < demand.tokens(in: 2 &* pace.roundTrip &+ 5_000, now: now)
        if isLow { return now >= max(calledAt &+ pace.period / 2, denyUntil) }
        // What was spent makes no tokens anew until it is told, and what is not wanted is somebody else's.
        return (spent > 0 || tokens > 0 && (demand.isIdle(now) || now >= until)) && now >= calledAt &+ pace.patience
    }

    /// Makes the call: reports what was spent, gives back what is not wanted, and keeps the rest, which may be spent meanwhile.
    ///
    /// - Parameters:
    ///   - amount: the bucket's, `numerator` tokens per `per` microseconds, of this version.
    ///   - need: tokens of all checks that wait, and of it of the oldest.
    ///   - isLeaving: whether nothing is to be kept, as the agent stops.
    package mutating func makeCall(
        _ terms: LimitTerms, version: Int64, need: Int64, first: Int64, isLeaving: Bool = false, now: Int64,
        _ pace: LeasePace
    ) -> LeaseAsk {
        precondition(call == nil, "one call at a time")
        let want = isRecalled || isLeaving ? 0 : min(demand.tokens(in: pace.horizon, now: now), terms.capacity)
        let keep = isLeaving ? 0 : min(usable(now), want)
        sequence &+= 1
        let ask = LeaseAsk(
            kind: .bucket, sequence: sequence, version: version, amount: terms.capacity, numerator: terms.numerator,
            per: terms.per, spent: spent, back: tokens &- keep, need: max(0, need &- keep),
            first: max(0, first &- keep),
            ahead: max(0, want &- keep), life: pace.life, sharePercent: pace.sharePercent)
        call = ask
        (tokens, spent) = (keep, 0)
        (calledAt, isRecalled) = (now, false)
        return repeated(now: now, pace)
    }

    /// The call as it is sent now, for the first time or again: how long ago the last token was spent is the one number that changes.
    package mutating func repeated(now: Int64, _ pace: LeasePace) -> LeaseAsk {
        guard var ask = call else { preconditionFailure("no call to repeat") }
        sentAt = now
        ask.age = ask.spent > 0 ? pace.shortest(max(0, now &- spentAt)) : 0
        return ask
    }

    /// Whether the call was sent so long ago without an answer that it should be sent again.
    package func isOverdue(now: Int64, _ pace: LeasePace) -> Bool {
        call != nil && now &- sentAt >= pace.patience &+ 2 &* pace.roundTrip
    }

    /// Whether nobody can say any more what became of the call: what it may have brought is over. The agent goes on under another
    /// name, with `giveUp`.
    package func isGivenUp(now: Int64, _ pace: LeasePace) -> Bool { call != nil && now &- calledAt > pace.life }

    /// Begins anew, under another name: what the store knows under the old one expires there.
    package mutating func giveUp() {
        (tokens, spent, sequence, call, isRecalled) = (0, 0, 0, nil, false)
    }

    /// Takes the answer to the call of this number; any other is late, and says nothing.
    ///
    /// - Returns: whether checks that wait and do not pass now are denied: there is nothing for them.
    package mutating func take(
        _ answer: LeaseAnswer, sequence: Int64, now: Int64, _ pace: LeasePace
    ) -> (isTaken: Bool, deniesWaiting: Bool) {
        guard let ask = call, ask.sequence == sequence else { return (false, false) }
        call = nil
        if answer.standing == .frozen {
            // What was kept may be spent until its old deadline; nobody will ask for what was spent of it.
            spent = 0
        } else {
            if answer.standing != .held { (tokens, spent) = (0, 0) }
            tokens &+= answer.granted
            until = calledAt &+ pace.shortest(answer.life)
            isRecalled = answer.isRecall
        }
        guard ask.need > 0, answer.granted == 0 else { return (true, false) }
        denyUntil = now &+ max(pace.period, answer.retry)
        denyCost = max(1, ask.first)
        return (true, true)
    }
}

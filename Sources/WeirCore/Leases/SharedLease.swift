/// What an agent holds of one limit key that the fleet shares, and what it has to tell the store of it.
///
/// The agents of the model, `Tests/Model/leases`: tokens leave the store before anyone spends them, so all agents together never
/// admit more than one bucket, window or set of slots would. Pure: the caller has the clock (microseconds that never go back), the
/// checks that wait, and the way to the store. One call is in flight at most; it is repeated unchanged, under its number, until it
/// is answered or given up.
package struct SharedLease: Sendable, BitwiseCopyable {
    /// What a check finds.
    package enum Finding: Equatable, Sendable {
        /// Enough is in hand.
        case held
        /// Not before so many microseconds.
        case denied(retry: Int64)
        /// It has to wait for the store.
        case waits
    }

    package let kind: LeaseAsk.Kind
    /// The amount, and of a bucket how fast it is made anew.
    package internal(set) var terms: LimitTerms
    /// Of a window, by the wall clock; 0 for others.
    let start: Int64
    let end: Int64

    /// Leased and not spent; of slots those that nobody uses.
    var tokens: Int64 = 0
    /// From when the tokens are void, whatever the store says.
    var until: Int64 = .min
    /// Of a bucket since the last call, of a window in all.
    var spent: Int64 = 0
    var spentAt: Int64 = 0
    /// Of a window, what the store has been told, and whether that was its last word under this name.
    var told: Int64 = 0
    package internal(set) var isDone = false
    /// Of a window and of slots, the epoch of the store in which that was: a store that has forgotten has to be told again.
    var toldEpoch: Int64 = 0
    /// Of slots those that requests run in, and how many of these the store has lost: their ends bring nothing back.
    package internal(set) var inUse: Int64 = 0
    var lapsed: Int64 = 0

    var sequence: Int64
    /// The call that has no answer yet.
    package internal(set) var call: LeaseAsk?
    var calledAt: Int64 = .min / 2
    var sentAt: Int64 = 0
    /// Since when a call has had no answer, however often it was given up; 0 when none waits for one.
    var askedAt: Int64 = 0

    /// A denial is remembered with its cost: a smaller request is asked for all the same.
    var denyUntil: Int64 = .min
    var denyCost: Int64 = 0
    var demand = Demand()
    /// What is in hand when it is time for more.
    var low: Int64 = 0
    var isRecalled = false
    /// Whether nothing is kept any more, as the limit or the agent goes.
    package var isLeaving = false

    /// Checks that wait, their tokens, and those of the oldest.
    package internal(set) var waiting: Int32 = 0
    var need: Int64 = 0
    var first: Int64 = 0

    /// What the outage policy has, and what it spent that the store has to hear of.
    var aloneCredit: Int64 = 0
    var aloneAt: Int64 = 0
    var debt: Int64 = 0
    /// Tokens that were left in the store by its last answer.
    package internal(set) var level: Int64

    /// - Parameters:
    ///   - start, end: of a window, else 0.
    ///   - now: calls are numbered from here on, so that a lease which is forgotten and begun anew goes on counting.
    package init(_ kind: LeaseAsk.Kind, _ terms: LimitTerms, start: Int64 = 0, end: Int64 = 0, now: Int64) {
        self.kind = kind
        self.terms = terms
        self.start = start
        self.end = end
        sequence = max(0, now)
        level = terms.capacity
    }

    /// Tokens that may be spent.
    @inline(__always)
    package func usable(_ now: Int64) -> Int64 { now < until ? tokens : 0 }

    /// The most that this agent could still admit if it heard nothing more.
    package func outstanding(_ now: Int64) -> Int64 { usable(now) &+ inUse }

    /// Tokens that a check may still take, as far as is known here.
    package func available(_ now: Int64) -> Int64 { min(terms.capacity, usable(now) &+ level) }

    // MARK: Checks

    /// Looks whether a check may pass. Nobody overtakes a check of the same key that waits.
    @inline(__always)
    package mutating func find(_ cost: Int64, now: Int64) -> Finding {
        demand.add(cost, now: now)
        return look(cost, now: now)
    }

    /// As `find`, for a check whose report takes the tokens: it wants some to be there, however many ask.
    package mutating func findReported(_ cost: Int64, now: Int64) -> Finding {
        demand.keep(cost, now: now)
        return look(cost, now: now)
    }

    /// As `find`, for who asks and takes nothing.
    @inline(__always)
    package func look(_ cost: Int64, now: Int64) -> Finding {
        if waiting == 0, usable(now) >= cost { return .held }
        if now < denyUntil, cost >= denyCost { return .denied(retry: denyUntil &- now) }
        return .waits
    }

    /// Spends tokens that are in hand; of slots, takes them.
    @inline(__always)
    package mutating func spend(_ cost: Int64, now: Int64) {
        precondition(cost <= usable(now), "spending what is not in hand")
        tokens &-= cost
        if kind == .slots {
            inUse &+= cost
        } else {
            spent &+= cost
            spentAt = now
        }
    }

    /// Whether so little is left that the store should be asked for more.
    @inline(__always)
    package var isLow: Bool { tokens <= low && call == nil }

    /// Whether the store has left a call without an answer for so long that it is as good as away, for this key.
    @inline(__always)
    package func isUnanswered(now: Int64) -> Bool { askedAt != 0 && now &- askedAt >= TagView.patience }

    /// Other amounts are in force: what was used stays used, and what is held goes back at once.
    mutating func change(to other: LimitTerms) {
        terms = other
        isRecalled = true
        level = min(level, other.capacity)
        denyUntil = .min
        aloneAt = 0
    }

    /// Notes a check that waits for the store.
    package mutating func park(_ cost: Int64) {
        if waiting == 0 { first = cost }
        waiting &+= 1
        need &+= cost
    }

    /// Forgets the checks that wait: they are asked again, first in, first out.
    package mutating func unpark() { (waiting, need, first) = (0, 0, 0) }

    // MARK: What comes back

    /// Requests that ran in slots are over. A slot that has outlived its lease is not taken again: others may have it.
    package mutating func free(_ slots: Int64) {
        let ended = min(slots, inUse)
        inUse &-= ended
        let gone = min(lapsed, ended)
        lapsed &-= gone
        tokens &+= ended &- gone
    }

    /// Takes back tokens that were spent and not used: of a bucket only what the store has not been told, as time makes up for the
    /// rest; of a window all, as what it has spent in all is what counts, and the store's total stands until that has caught up.
    package mutating func restore(_ amount: Int64) {
        guard kind != .slots else { return }
        let back = min(amount, spent)
        spent &-= back
        tokens &+= back
    }

    /// Charges tokens that were used beyond what was spent: from what is in hand, else as a debt.
    ///
    /// - Returns: the tokens that were not in hand.
    @discardableResult
    package mutating func charge(_ amount: Int64, now: Int64) -> Int64 {
        let paid = min(amount, usable(now))
        if paid > 0 { spend(paid, now: now) }
        // More makes no difference: the store counts debts of no more.
        let owed = min(amount &- paid, LimitTerms.maximumProduct)
        owe(owed, now: now)
        return owed
    }

    /// Notes tokens that were spent without a lease, for the store to count.
    mutating func owe(_ amount: Int64, now: Int64) {
        guard amount > 0 else { return }
        switch kind {
        case .bucket: debt = min(debt &+ amount, LimitTerms.maximumProduct)
        case .window: (spent, spentAt) = (min(spent &+ amount, LimitTerms.maximumProduct), now)
        case .slots: (inUse, lapsed) = (inUse &+ amount, lapsed &+ amount)
        }
    }
}

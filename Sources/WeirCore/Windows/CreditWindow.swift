/// What this agent holds of one grant: a purchase or a balance that several agents draw on.
///
/// It is flow control by credit. Every counter only grows, and each side keeps the larger of its own and the other's, so that messages
/// may be lost, doubled and late:
/// ```
/// agent → collector :  spent (in the usage cells), granted, returned, want        WindowCall
/// collector → agent :  granted, returned, seconds, recall, state                  WindowReply
/// admit             :  spent + inflight + cost ≤ granted − returned  and  now < deadline
/// ```
/// A plain value without a clock: whoever drives it gives the time, in microseconds of a clock that never goes back. Costs are base units
/// of the grant's ledger. Nothing is allocated.
package struct CreditWindow: Equatable, Sendable, BitwiseCopyable {
    /// What is known of more than this window holds.
    package enum Standing: UInt8, Sendable, BitwiseCopyable {
        /// There is more, or there may be.
        case open
        /// All of the grant is used, or lent to agents that use it.
        case empty
        /// Nothing comes any more, and nothing may be spent.
        case closed
    }

    /// For how long demand is covered ahead, in microseconds.
    package static var horizon: Int64 { 1_000_000 }
    /// After how long an unanswered call is repeated.
    package static var patience: Int64 { 1_000_000 }
    /// How often a collector is asked at most while a check waits, and once it has said that there is nothing.
    package static var pace: Int64 { 20_000 }
    package static var emptyPace: Int64 { 250_000 }
    /// After how long without a check what is held is given back.
    package static var rest: Int64 { 10_000_000 }
    /// Above this a counter is somebody's mistake; sums of a few stay within int64.
    package static var maximum: Int64 { 1 << 60 }

    /// Granted in all, as far as this agent has heard.
    package private(set) var granted: Int64 = 0
    /// Given back in all, for good.
    package private(set) var returned: Int64 = 0
    /// Spent in all, and what open checks have reserved beside it.
    package private(set) var spent: Int64 = 0
    package private(set) var inflight: Int64 = 0
    /// When the window can no longer be spent.
    package private(set) var deadline: Int64 = .min
    package private(set) var standing = Standing.open
    /// Whether another agent waits for what this one does not use.
    package private(set) var isRecalled = false

    /// Whether the collector has closed the window of a grant that is sold: somebody may have told it that this run is over.
    package private(set) var isDisputed = false

    private var demand = Demand()
    /// Long ago, though not so long that differences wrap.
    private var calledAt: Int64 = -(1 << 62)
    private var isCalling = false
    /// When a check may ask again; and for how long an answer was good.
    private var notBefore: Int64 = .min
    private var lifetime: Int64 = 0

    package init() {}

    // MARK: Spending

    /// What may be spent now.
    package func room(_ now: Int64) -> Int64 {
        guard now < deadline, standing != .closed else { return 0 }
        return max(0, granted &- returned &- spent &- inflight)
    }

    /// What was spent beyond what was granted: by a response that was larger than its estimate, or while no collector was there.
    package var lack: Int64 { max(0, spent &+ inflight &- (granted &- returned)) }

    /// Whether a check of a cost has room. Reserves it if so; if not, nothing changes but what is known of demand.
    package mutating func admit(_ cost: Int64, now: Int64) -> Bool {
        guard (0...Self.maximum).contains(cost) else { return false }
        demand.add(cost, now: now)
        guard cost <= room(now), now < deadline, standing != .closed else { return false }
        inflight &+= cost
        return true
    }

    /// Notes that a check of a cost wants to draw, whether it will or not.
    package mutating func want(_ cost: Int64, now: Int64) { demand.add(min(max(0, cost), Self.maximum), now: now) }

    /// What checks want of it in the time that is covered ahead, as far as is known.
    package func ahead(_ now: Int64) -> Int64 { demand.tokens(in: Self.horizon, now: now) }

    /// Reserves what was found to have room.
    package mutating func take(_ cost: Int64) { inflight &+= min(max(0, cost), Self.maximum) }

    /// What a check had reserved turns out to have cost so much: less, or more, by at most the one response.
    package mutating func settle(reserved: Int64, actual: Int64) {
        inflight = max(0, inflight &- reserved)
        spent = min(spent &+ min(max(0, actual), Self.maximum), 2 &* Self.maximum)
    }

    /// Admits a check whose cost is known, all at once.
    package mutating func spend(_ cost: Int64, now: Int64) -> Bool {
        guard admit(cost, now: now) else { return false }
        settle(reserved: cost, actual: cost)
        return true
    }

    // MARK: Asking

    /// Whether a collector may be asked now by a check that lacks something.
    package func mayAsk(_ now: Int64) -> Bool { now >= notBefore && !(isCalling && now &- calledAt < Self.patience) }

    /// What to tell the collector now, or nil for nothing. What it gives back is gone from here at once, whether the call arrives or not.
    ///
    /// - Parameter need: the cost of the oldest check that waits; 0 where none does.
    package mutating func call(need: Int64, now: Int64) -> WindowCall? {
        if standing == .closed, !isDisputed { return nil }
        if isCalling, now &- calledAt < Self.patience { return nil }
        if isDisputed {
            let ahead = demand.tokens(in: Self.horizon, now: now)
            return make(want: max(1, need, ahead), need: need, now, isAlive: true)
        }
        let isIdle = now &- demand.at >= Self.rest
        let idle = max(0, granted &- returned &- spent &- inflight)
        // Whoever is asked gives all that no check has; and so does whoever has no use for it.
        if idle > 0, isRecalled || (isIdle && need == 0) {
            returned &+= idle
            isRecalled = false
            return make(want: 0, need: 0, now)
        }
        let ahead = demand.tokens(in: Self.horizon, now: now)
        let room = room(now)
        if need > room {
            guard now >= notBefore else { return nil }
            return make(want: max(0, max(need, ahead) &+ lack &- idle), need: max(0, need &+ lack &- idle), now)
        }
        if lack > 0, now >= notBefore { return make(want: lack, need: 0, now) }
        if room < ahead / 2, standing == .open, now &- calledAt >= Self.pace {
            return make(want: ahead &- room, need: 0, now)
        }
        // Half of its time has passed: what is held is held on to.
        if idle > 0, now >= deadline &- lifetime / 2, now &- calledAt >= Self.pace {
            return make(want: 0, need: 0, now)
        }
        return nil
    }

    /// The last word on a window, when its agent stops or a successor speaks for it: nothing more will be spent.
    package mutating func over() -> WindowCall {
        standing = .closed
        returned = max(returned, granted &- spent &- inflight)
        return WindowCall(granted: granted, returned: returned, want: 0, need: 0, isOver: true, sentAt: 0)
    }

    private mutating func make(want: Int64, need: Int64, _ now: Int64, isAlive: Bool = false) -> WindowCall {
        isCalling = true
        calledAt = now
        return WindowCall(
            granted: granted, returned: returned, want: min(want, Self.maximum), need: min(need, Self.maximum),
            isOver: false, isAlive: isAlive,
            sentAt: now)
    }

    /// Takes an answer to a call of this window; any of them, in any order.
    package mutating func take(_ reply: WindowReply, now: Int64) {
        if reply.sentAt == calledAt { isCalling = false }
        granted = max(granted, min(reply.granted, 2 &* Self.maximum))
        returned = max(returned, min(reply.returned, 2 &* Self.maximum))
        if standing == .closed {
            // Nothing opens it again but an answer to its own objection.
            guard isDisputed, reply.sentAt == calledAt else { return }
            isDisputed = false
            notBefore = now &+ Self.patience
            if reply.standing == .closed { return }
        }
        standing = reply.standing
        if reply.seconds > 0, reply.seconds <= 86_400 {
            lifetime = reply.seconds &* 1_000_000
            deadline = max(deadline, reply.sentAt &+ lifetime)
        }
        if reply.recall { isRecalled = true }
        notBefore = now &+ (standing == .empty ? Self.emptyPace : Self.pace)
    }

    /// Something was paid in, or given back: ask at once.
    package mutating func wake() {
        if standing == .empty { standing = .open }
        notBefore = .min
    }

    /// Objects to having been closed, where the policy document says that the grant is sold: at the next call.
    package mutating func dispute() { if standing == .closed { isDisputed = true } }

    /// Another agent waits: told by the policy's long poll.
    package mutating func recall() { isRecalled = true }
}

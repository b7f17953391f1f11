import WeirCore

/// The limiter's figures, copied under its lock in one short hold; the limits in several.
struct LimiterSnapshot: Sendable {
    struct Limit: Sendable {
        var name: String
        var counters: LimitCounters
        /// What is held of its keys from the shared store.
        var survey = LeaseSurvey()
    }

    /// The leases of the shared store as a whole.
    struct Leases: Sendable {
        var keys = 0
        var bytes = 0
        var evictions: UInt64 = 0
        var fleet: Int64 = 1
        var tags = (shared: 0, alone: 0, frozen: 0)

        /// `shared`, `alone` where the store does not answer for some key, `rejoining` where it does not grant yet.
        var state: String { tags.alone > 0 ? "alone" : tags.frozen > 0 ? "rejoining" : "shared" }
    }

    /// Limits that are copied in one hold.
    private static let limitsPerHold = 64
    /// Leases that are looked at in one hold.
    private static let leasesPerHold = 256

    var checks = CheckCounters()
    var keys = 0
    var evictions: UInt64 = 0
    var tableBytes = 0
    var cells = 0
    var slots = 0
    var othered: UInt64 = 0
    var limits: [Limit] = []
    var denials: UInt64 = 0
    /// Requests that hold slots or reservations, checks that were denied for want of room, slots that were given up.
    var open = 0
    var refusedOpen: UInt64 = 0
    var expiredSlots: UInt64 = 0
    /// Checks that rules wait for the reports of, and those that they waited for in vain.
    var awaited = 0
    var unreported: UInt64 = 0
    /// What was done with keys, and bytes of their cache.
    var desk = DeskCounters()
    var keyCacheBytes = 0
    /// What was drawn on of what consumers have bought.
    var windowCount = 0
    var windows = WindowCounters()
    var credit = WindowSurvey()
    /// Nil where nothing is shared.
    var leases: Leases?

    init(_ gate: LimiterGate) {
        let (snapshot, limitCount) = gate.withLimiter { limiter -> (LimiterSnapshot, Int) in
            var snapshot = LimiterSnapshot()
            snapshot.checks = limiter.checks
            snapshot.keys = limiter.keyCount
            snapshot.evictions = limiter.evictionCount
            snapshot.tableBytes = limiter.tableBytes
            snapshot.cells = limiter.usage.cellCount
            snapshot.slots = limiter.usage.slotCount
            snapshot.othered = limiter.usage.othered
            (snapshot.open, snapshot.refusedOpen) = (limiter.openCheckCount, limiter.refusedOpen)
            snapshot.expiredSlots = limiter.expiredSlots
            (snapshot.awaited, snapshot.unreported) = (limiter.awaitedCheckCount, limiter.unreportedChecks)
            (snapshot.desk, snapshot.keyCacheBytes) = (limiter.deskCounters, limiter.keyCacheBytes)
            (snapshot.windowCount, snapshot.windows) = (limiter.windowCount, limiter.windowCounters)
            for denial in 0..<limiter.denialCount { snapshot.denials += limiter.denials(of: denial) }
            return (snapshot, limiter.limitCount)
        }
        self = snapshot
        leases = Self.leases(gate)
        for first in stride(from: 0, to: limitCount, by: Self.limitsPerHold) {
            limits += gate.withLimiter { limiter in
                // A swap in between may have left fewer.
                (first..<max(first, min(first + Self.limitsPerHold, limiter.limitCount))).map { index in
                    Limit(
                        name: limiter.withName(of: .limit(UInt16(index))) { $0.text },
                        counters: limiter.counters(of: index))
                }
            }
        }
        survey(gate)
        surveyCredit(gate)
    }

    /// Adds up what is held of what consumers have bought.
    private mutating func surveyCredit(_ gate: LimiterGate) {
        var start: Int? = 0
        while let from = start {
            (credit, start) = gate.withLimiter { [credit] limiter in
                var credit = credit
                let next = limiter.surveyCredit(
                    from: from, scan: Self.leasesPerHold, now: AgentClock.monotonicMicroseconds, into: &credit)
                return (credit, next)
            }
        }
    }

    /// The leases as a whole; nil where nothing is shared.
    static func leases(_ gate: LimiterGate) -> Leases? {
        gate.withLimiter { limiter in
            guard limiter.shared.isOn else { return nil }
            return Leases(
                keys: limiter.shared.leaseCount, bytes: limiter.shared.byteCount, evictions: limiter.shared.evictions,
                fleet: limiter.shared.fleet, tags: limiter.shared.tagStates(now: AgentClock.monotonicMicroseconds))
        }
    }

    /// Adds what is held of each limit's keys.
    mutating func survey(_ gate: LimiterGate) {
        guard leases != nil else { return }
        var surveys = limits.map { _ in LeaseSurvey() }
        var start: Int? = 0
        while let from = start {
            (surveys, start) = gate.withLimiter { [surveys] limiter in
                var surveys = surveys
                let next = limiter.surveyLeases(
                    from: from, scan: Self.leasesPerHold, now: AgentClock.monotonicMicroseconds, into: &surveys)
                return (surveys, next)
            }
        }
        for index in limits.indices { limits[index].survey = surveys[index] }
    }

    private init() {}
}

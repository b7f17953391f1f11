import WeirCore

/// The limiter's figures, copied under its lock in one short hold; the limits in several.
struct LimiterSnapshot: Sendable {
    struct Limit: Sendable {
        var name: String
        var counters: LimitCounters
    }

    /// Limits that are copied in one hold.
    private static let limitsPerHold = 64

    var checks = CheckCounters()
    var keys = 0
    var evictions: UInt64 = 0
    var tableBytes = 0
    var cells = 0
    var slots = 0
    var othered: UInt64 = 0
    var limits: [Limit] = []
    var denials: UInt64 = 0

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
            for denial in 0..<limiter.denialCount { snapshot.denials += limiter.denials(of: denial) }
            return (snapshot, limiter.limitCount)
        }
        self = snapshot
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
    }

    private init() {}
}

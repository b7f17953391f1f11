/// What buckets, windows and slots have in common in the model: who holds what, the amount, and how a grant is cut.
struct ModelHolders {
    struct Lease {
        var tokens: Int64 = 0
        var expires: Int64
        var sequence: Int64 = 0
        var grant = ModelAnswer.Grant()
        var want: Int64 = 0
        /// A window's total.
        var spent: Int64 = 0
    }

    /// Microseconds for which a denial is remembered, and a recall stands, while others may give tokens back.
    static let recheck: Int64 = 50_000

    var leases: [String: Lease] = [:]
    var version: Int64 = 0
    var amount: Int64 = 0
    var amountUntil: Int64 = 0
    /// Until when others are asked to give back.
    var short: Int64 = 0
    var isNew = true

    var outstanding: Int64 { leases.values.reduce(0) { $0 + $1.tokens } }

    /// The amount that is in force from this call on: a higher version's, or without versions the smaller.
    mutating func settleAmount(_ call: ModelCall) {
        if isNew || call.version > version {
            isNew = false
            (version, amount, amountUntil) = (call.version, call.amount, call.now + call.ttl)
        } else if version == 0, call.version == 0, call.amount <= amount || call.now >= amountUntil {
            (amount, amountUntil) = (call.amount, call.now + call.ttl)
        }
    }

    /// The leases of others that are over, the oldest first.
    func expired(_ call: ModelCall) -> [(name: String, lease: Lease)] {
        leases.filter { $0.value.expires <= call.now && $0.key != call.agent }
            .sorted { ($0.value.expires, $0.key) < ($1.value.expires, $1.key) }
            .map { (name: $0.key, lease: $0.value) }
    }

    /// How many of the available tokens this call gets; its lease is among the leases, settled.
    mutating func cut(_ call: ModelCall, recalls: Bool, available: Int64, whole: Int64) -> Int64 {
        guard var lease = leases[call.agent] else { preconditionFailure("settle first") }
        let ahead = recalls ? 0 : call.ahead
        lease.want = min(lease.tokens + call.need + ahead, amount)
        leases[call.agent] = lease
        let out = outstanding
        let parked = max(0, min(ahead, whole * call.sharePercent / 100 - out - call.need))
        let wants = leases.values.reduce(0) { $0 + $1.want }
        var fair = available
        if wants > available + out {
            let ratio = min(1024, lease.want * 1024 / wants)
            let total = available + out
            fair = total / 1024 * ratio + total % 1024 * ratio / 1024 - lease.tokens
        }
        let granted = min(call.need + parked, available, max(call.first, fair))
        return granted < call.first ? 0 : granted
    }
}

import WeirClient

/// What `weir check --json` prints.
struct CheckOutput: Encodable {
    var decision: String
    var reason: String
    var status: Int
    var state: String
    var rule: String
    var limit: UInt64
    var remaining: UInt64
    var resetMicroseconds: Int64
    /// Null when the request can never pass.
    var retryAfterMicroseconds: Int64?
    var elapsedMicroseconds: Int64

    init(_ decision: WeirDecision, _ elapsed: Duration) {
        self.decision = decision.isAllowed ? "allow" : "deny"
        reason = decision.reason
        status = decision.status
        state = decision.state
        rule = decision.rule
        limit = decision.limit
        remaining = decision.remaining
        resetMicroseconds = Int64(decision.reset / .microseconds(1))
        retryAfterMicroseconds = decision.retryAfter.map { Int64($0 / .microseconds(1)) }
        elapsedMicroseconds = Int64(elapsed / .microseconds(1))
    }
}

/// What `weir check --count --json` prints.
struct CountOutput: Encodable {
    var checks: Int
    var allowed: Int
    /// Denials by reason.
    var denied: [String: Int]
    var seconds: Double
}

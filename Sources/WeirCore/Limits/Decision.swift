/// The answer to one check, as plain bits: the rule is a number of the running policy.
package struct Decision: Equatable, Sendable, BitwiseCopyable {
    package var verdict: Verdict
    package var reason: Reason
    /// The HTTP status to send: 200 when allowed.
    package var status: UInt16
    package var state: DecisionState
    /// The statement that the answer names: the most constrained limit, or the `deny` that matched.
    package var statement: StatementIndex
    /// The capacity of that limit, in tokens.
    package var limit: UInt64
    /// Tokens left of it after this check.
    package var remaining: UInt64
    /// What that limit counts in.
    package var unit = QuotaUnit.requests
    /// Seconds in which the limit makes its capacity anew.
    package var windowSeconds: UInt32
    /// Microseconds until the limit is full again.
    package var resetMicroseconds: UInt64
    /// Microseconds until the same request can pass; 0 when allowed, `CheckAnswer.never` when it cannot.
    package var retryAfterMicroseconds: UInt64
    package var ticket: Ticket
    /// Whether nothing is decided yet: the request has to wait for the shared store, and is asked again.
    package var isWaiting = false

    package init(
        verdict: Verdict, reason: Reason, status: UInt16, state: DecisionState, statement: StatementIndex = .none,
        limit: UInt64 = 0, remaining: UInt64 = 0, windowSeconds: UInt32 = 0, resetMicroseconds: UInt64 = 0,
        retryAfterMicroseconds: UInt64 = 0, ticket: Ticket = .none
    ) {
        self.verdict = verdict
        self.reason = reason
        self.status = status
        self.state = state
        self.statement = statement
        self.limit = limit
        self.remaining = remaining
        self.windowSeconds = windowSeconds
        self.resetMicroseconds = resetMicroseconds
        self.retryAfterMicroseconds = retryAfterMicroseconds
        self.ticket = ticket
    }
}

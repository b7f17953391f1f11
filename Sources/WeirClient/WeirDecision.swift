import WeirCore

/// The agent's answer to a check.
public struct WeirDecision: Equatable, Sendable {
    /// Whether the request may pass.
    public let isAllowed: Bool
    /// Why, in one word: `ok`, `rate`, `blocked`, …
    public let reason: String
    /// The HTTP status to send: 200 when allowed.
    public let status: Int
    /// What the decision rested on: `local`, `shared`, `alone` or `shadow`.
    public let state: String
    /// The most constrained rule; empty when none matched.
    public let rule: String
    /// The rule's capacity in tokens.
    public let limit: UInt64
    /// Tokens left of it.
    public let remaining: UInt64
    /// Until the rule is full again.
    public let reset: Duration
    /// Until the same request can pass: zero when allowed, nil when it never can.
    public let retryAfter: Duration?
    /// What to report with; nil when there is nothing to report on.
    public let ticket: WeirTicket?

    init(_ answer: CheckAnswer) {
        isAllowed = answer.verdict == .allow
        reason = answer.reason.name.description
        status = Int(answer.status)
        state = answer.state.name.description
        rule = answer.rule
        limit = answer.limit
        remaining = answer.remaining
        reset = .microseconds(Int64(clamping: answer.resetMicroseconds))
        retryAfter =
            answer.retryAfterMicroseconds == CheckAnswer.never
            ? nil : .microseconds(Int64(clamping: answer.retryAfterMicroseconds))
        ticket = answer.ticket.isNone ? nil : WeirTicket(ticket: answer.ticket)
    }
}

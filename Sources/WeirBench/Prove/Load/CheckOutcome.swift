package import WeirCore

/// What became of one request of a proof.
package struct CheckOutcome {
    /// Nanoseconds of the monotonic clock; 0 where it could not be sent, or was not answered.
    package var sentAt: Int64 = 0
    package var answeredAt: Int64 = 0
    package var verdict = Verdict.error
    package var reason = Reason.other
    package var state = DecisionState.unknown

    package init(
        sentAt: Int64 = 0, answeredAt: Int64 = 0, verdict: Verdict = .error, reason: Reason = .other,
        state: DecisionState = .unknown
    ) {
        self.sentAt = sentAt
        self.answeredAt = answeredAt
        self.verdict = verdict
        self.reason = reason
        self.state = state
    }

    package var isAnswered: Bool { answeredAt != 0 }
    package var isAllowed: Bool { isAnswered && verdict == .allow }
    /// Denied as the store did not answer in time.
    package var isLate: Bool { isAnswered && reason == .overload }
    package var nanoseconds: Int64 { answeredAt - sentAt }
}

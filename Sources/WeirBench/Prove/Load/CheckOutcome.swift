import WeirCore

/// What became of one request of a proof.
struct CheckOutcome {
    /// Nanoseconds of the monotonic clock; 0 where it could not be sent, or was not answered.
    var sentAt: Int64 = 0
    var answeredAt: Int64 = 0
    var verdict = Verdict.error
    var reason = Reason.other
    var state = DecisionState.unknown

    var isAnswered: Bool { answeredAt != 0 }
    var isAllowed: Bool { isAnswered && verdict == .allow }
    /// Denied as the store did not answer in time.
    var isLate: Bool { isAnswered && reason == .overload }
    var nanoseconds: Int64 { answeredAt - sentAt }
}

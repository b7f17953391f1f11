/// The agent's answer to a CHECK, as a client reads it.
///
/// ```
///  16   17   18     20   21   22   23   24        32         40     44     48        56           64       88
///  ├────┼────┼──────┼────┼────┼────┼────┼─────────┼──────────┼──────┼──────┼─────────┼────────────┼────────┼──────────────
///  │dec.│rea.│status│st. │name│cons│0   │ limit   │ remaining│window│0     │ reset   │ retry after│ ticket │ rule consumer
///  └────┴────┴──────┴────┴────┴────┴────┴─────────┴──────────┴──────┴──────┴─────────┴────────────┴────────┴──────────────
/// ```
package struct CheckAnswer: Equatable, Sendable {
    /// Bytes between the header and the rule's name.
    package static let fixedBytes = 72
    /// The retry-after that stands for never.
    package static let never = UInt64.max

    package var verdict: Verdict
    package var reason: Reason
    /// The HTTP status to send: 200 when allowed.
    package var status: UInt16
    package var state: DecisionState
    /// The capacity of the rule that is named, in tokens; 0 when none is.
    package var limit: UInt64
    /// Tokens left of it after this check.
    package var remaining: UInt64
    /// Seconds in which the rule makes its capacity anew; 0 when it has none.
    package var windowSeconds: UInt32
    /// Microseconds until the rule is full again.
    package var resetMicroseconds: UInt64
    /// Microseconds until the same request can pass; 0 when allowed, `never` when it cannot.
    package var retryAfterMicroseconds: UInt64
    package var ticket: Ticket
    /// The most constrained rule, or the statement that denied; empty when no rule matched.
    package var rule: String
    /// The consumer that the request was counted for; empty when unknown.
    package var consumer: String

    package init(
        verdict: Verdict, reason: Reason, status: UInt16, state: DecisionState = .local, limit: UInt64 = 0,
        remaining: UInt64 = 0, windowSeconds: UInt32 = 0, resetMicroseconds: UInt64 = 0,
        retryAfterMicroseconds: UInt64 = 0, ticket: Ticket = .none, rule: String = "", consumer: String = ""
    ) {
        self.verdict = verdict
        self.reason = reason
        self.status = status
        self.state = state
        self.limit = limit
        self.remaining = remaining
        self.windowSeconds = windowSeconds
        self.resetMicroseconds = resetMicroseconds
        self.retryAfterMicroseconds = retryAfterMicroseconds
        self.ticket = ticket
        self.rule = rule
        self.consumer = consumer
    }

    /// Reads a whole frame; numbers that this version does not know become `.error`, `.other` and `.unknown`.
    ///
    /// - Throws: `truncated` or `badOperation`.
    package init(reading frame: RawSpan, header: FrameHeader) throws(WireError) {
        guard header.operation == .checkAnswer else {
            throw WireError(.badOperation, field: "operation", offset: 5)
        }
        let fixed = WireLimits.headerBytes + Self.fixedBytes
        guard frame.byteCount >= fixed else {
            throw WireError(.truncated, field: "answer", offset: frame.byteCount)
        }
        let nameEnd = fixed + Int(frame.byte(21))
        let consumerEnd = nameEnd + Int(frame.byte(22))
        guard consumerEnd <= frame.byteCount else {
            throw WireError(.truncated, field: "rule", offset: fixed)
        }
        self.init(
            verdict: Verdict(rawValue: frame.byte(16)) ?? .error,
            reason: Reason(rawValue: frame.byte(17)) ?? .other,
            status: frame.uint16(18),
            state: DecisionState(rawValue: frame.byte(20)) ?? .unknown,
            limit: frame.uint64(24), remaining: frame.uint64(32), windowSeconds: frame.uint32(40),
            resetMicroseconds: frame.uint64(48), retryAfterMicroseconds: frame.uint64(56),
            ticket: Ticket(reading: frame, at: 64),
            rule: frame.extracting(fixed..<nameEnd).text,
            consumer: frame.extracting(nameEnd..<consumerEnd).text)
    }

    /// Writes an answer from its parts, without allocating; names longer than a byte can count are cut.
    package static func write(
        _ decision: Decision, rule: RawSpan, consumer: RawSpan, id: UInt64, to writer: inout ByteWriter
    ) {
        let ruleBytes = min(rule.byteCount, WireLimits.maximumNameBytes)
        let consumerBytes = min(consumer.byteCount, 255)
        let length = WireLimits.headerBytes + fixedBytes + ruleBytes + consumerBytes
        FrameHeader(length: length, operation: .checkAnswer, id: id).write(to: &writer)
        writer.append(decision.verdict.rawValue)
        writer.append(decision.reason.rawValue)
        writer.append(decision.status)
        writer.append(decision.state.rawValue)
        writer.append(UInt8(truncatingIfNeeded: ruleBytes))
        writer.append(UInt8(truncatingIfNeeded: consumerBytes))
        writer.append(decision.unit.rawValue)
        writer.append(decision.limit)
        writer.append(decision.remaining)
        writer.append(decision.windowSeconds)
        writer.append(0 as UInt32)
        writer.append(decision.resetMicroseconds)
        writer.append(decision.retryAfterMicroseconds)
        decision.ticket.write(to: &writer)
        writer.append(rule.extracting(0..<ruleBytes))
        writer.append(consumer.extracting(0..<consumerBytes))
    }
}

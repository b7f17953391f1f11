import WeirCore

/// Writes ACK frames: the variables that HAProxy's rules act on, in the scope of the transaction.
///
/// Names are bare; HAProxy puts `txn.weir.` before them. There is always one action at least: HAProxy 3.1 waits its whole timeout
/// behind an ACK without one.
enum SPOEAnswer {
    /// Bytes that must be free in the output before a frame is looked at: no answer is longer.
    static let room = 3_072
    /// Bytes of the longest text of a variable.
    static let maximumTextBytes = 768
    /// Bytes of the longest consumer that is told.
    private static let maximumConsumerBytes = 255

    /// `set-var`, three arguments, `txn`.
    private static let setVariable: (UInt8, UInt8, UInt8) = (1, 3, 2)

    /// What a check has decided.
    ///
    /// - Parameters:
    ///   - limit: where the frame must have ended in the output. What does not fit is left out, the last things first.
    ///   - problem: the body of a denial.
    ///   - retryAfter: whole seconds until the same request can pass; nil where it never can.
    ///   - text: room for texts whose length stands before them.
    static func write(
        _ decision: Decision, rule: RawSpan, consumer: RawSpan, problem: RawSpan, retryAfter: UInt64?, limit: Int,
        text: inout FixedArray<UInt8>, to output: inout ByteWriter
    ) {
        let isDenied = decision.verdict == .deny
        set("deny", in: &output, limit) { $0.append(typed: isDenied) }
        set("status", in: &output, limit) { $0.append(typed: UInt64(decision.status)) }
        if isDenied, let retryAfter { set("retry_after", in: &output, limit) { $0.append(typed: retryAfter) } }
        set("reason", in: &output, limit) { $0.append(typed: decision.reason.name) }
        if !decision.ticket.isNone {
            set("ticket", in: &output, limit) { output in
                output.append(SPOPValue.Kind.string.rawValue)
                output.append(varint: UInt64(Ticket.textBytes))
                decision.ticket.writeText(to: &output)
            }
        }
        setText("ratelimit", in: &output, limit, &text) { RateLimitFields.writeLimit(decision, rule: rule, to: &$0) }
        setText("policy", in: &output, limit, &text) { RateLimitFields.writePolicy(decision, rule: rule, to: &$0) }
        if consumer.byteCount > 0, consumer.byteCount <= maximumConsumerBytes {
            set("consumer", in: &output, limit) { $0.append(typed: consumer) }
        }
        if isDenied { set("body", in: &output, limit) { $0.append(typed: problem) } }
    }

    /// A check that cannot be read is denied: letting it pass would let whoever can spoil it pass.
    static func writeUndecodable(limit: Int, to output: inout ByteWriter) {
        set("deny", in: &output, limit) { $0.append(typed: true) }
        set("status", in: &output, limit) { $0.append(typed: 400) }
        set("reason", in: &output, limit) { $0.append(typed: "malformed" as StaticString) }
    }

    /// What became of a report, or that there was none.
    static func write(report outcome: StaticString, limit: Int, to output: inout ByteWriter) {
        set("report", in: &output, limit) { $0.append(typed: outcome) }
    }

    private static func set(
        _ name: StaticString, in output: inout ByteWriter, _ limit: Int, _ value: (inout ByteWriter) -> Void
    ) {
        let start = output.count
        output.append(setVariable.0)
        output.append(setVariable.1)
        output.append(setVariable.2)
        output.append(named: name)
        value(&output)
        if output.overflowed || output.count > limit { output.rewind(to: start) }
    }

    /// An empty text is no variable.
    private static func setText(
        _ name: StaticString, in output: inout ByteWriter, _ limit: Int, _ text: inout FixedArray<UInt8>,
        _ value: (inout ByteWriter) -> Void
    ) {
        let count = text.withMutableBytes { buffer in
            var writer = ByteWriter(buffer)
            value(&writer)
            return writer.overflowed ? 0 : writer.count
        }
        guard count > 0 else { return }
        text.withBytes(0..<count) { bytes in
            set(name, in: &output, limit) { $0.append(typed: bytes) }
        }
    }
}

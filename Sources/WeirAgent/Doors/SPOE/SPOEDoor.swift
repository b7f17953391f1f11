package import WeirCore

/// The door for HAProxy's filter of the same name, over whatever bytes a connection has: frames in, answers out, no I/O.
///
/// It keeps nothing of a request: the ids of a frame are repeated in its answer, and mean nothing else, as HAProxy's generations
/// number them differently and use them again. The room for texts is made once and used by every connection.
package struct SPOEDoor: ~Copyable, Sendable {
    /// Bytes behind the length of the largest frame that HAProxy sends by default.
    package static let maximumFrameBytes = 16_380

    /// Bytes behind the length of the largest frame, as AGENT-HELLO tells.
    private let maximumFrameBytes: Int
    /// Frames that are decided in one turn.
    private let framesPerTurn: Int
    /// A frame, and behind it values that are no text, written as text.
    private var scratch = FixedArray<UInt8>(
        count: SPOPFrame.lengthBytes + SPOPFrame.maximumBytes + SPOECheck.maximumTextBytes, repeating: 0)
    private var text = FixedArray<UInt8>(count: SPOEAnswer.maximumTextBytes, repeating: 0)
    private var document = FixedArray<UInt8>(count: ProblemDocument.room, repeating: 0)
    private var jitter: RetryJitter
    /// How much later than it has to a denied client is told to come back.
    package var jitterBound = RetryJitter.Bound.none

    /// - Parameter seed: what `RetryJitter` starts from.
    package init(
        maximumFrameBytes: Int = SPOEDoor.maximumFrameBytes, framesPerTurn: Int = WireLimits.framesPerTurn,
        seed: UInt64 = 0
    ) {
        jitter = RetryJitter(seed: seed)
        self.maximumFrameBytes = min(maximumFrameBytes, Self.maximumFrameBytes)
        self.framesPerTurn = framesPerTurn
    }

    /// What one connection remembers between its reads.
    package struct Session: Equatable, Sendable {
        /// Bytes behind the length of the largest answer, as agreed in HELLO; 0 before.
        var answerBytes = 0

        package init() {}

        var isGreeted: Bool { answerBytes > 0 }
    }

    /// What a connection is told that is refused or given up.
    package static func refusal(_ reason: SPOPError) -> [UInt8] {
        bytes(capacity: SPOEAnswer.room) { SPOPHello.writeDisconnect(reason, to: &$0) }
    }

    /// What HAProxy is told when the agent stops.
    package static var farewell: [UInt8] { refusal(SPOPError(.normal, "the agent stops")) }

    /// Answers the whole frames of `input`, at most `framesPerTurn` of them.
    ///
    /// - Parameter held: takes the frames whose checks wait for the shared store, as far as it has room.
    package mutating func turn(
        _ input: RawSpan, _ session: inout Session, _ limiter: inout Limiter, now: Instant, held: inout HeldFrames,
        output: inout ByteWriter, tally: inout DoorTally
    ) -> DoorProgress {
        var offset = 0
        for _ in 0..<framesPerTurn {
            guard output.free >= SPOEAnswer.room else { return DoorProgress(consumed: offset, next: .yield) }
            let rest = input.extracting(offset..<input.byteCount)
            do throws(SPOPError) {
                guard let head = try SPOPFrame(reading: rest) else {
                    return DoorProgress(consumed: offset, next: .read)
                }
                let isLast = try answer(
                    rest.extracting(0..<head.byteCount), head, &session, &limiter, now: now, held: &held,
                    output: &output, tally: &tally)
                offset &+= head.byteCount
                if isLast { return DoorProgress(consumed: input.byteCount, next: .close) }
            } catch {
                tally.malformed &+= 1
                if error.code == .tooBig { tally.oversized &+= 1 }
                SPOPHello.writeDisconnect(error, to: &output)
                return DoorProgress(consumed: input.byteCount, next: .close)
            }
        }
        return DoorProgress(consumed: offset, next: offset < input.byteCount ? .yield : .read)
    }

    /// - Returns: whether the connection ends behind the answer.
    private mutating func answer(
        _ frame: RawSpan, _ head: SPOPFrame, _ session: inout Session, _ limiter: inout Limiter, now: Instant,
        held: inout HeldFrames, output: inout ByteWriter, tally: inout DoorTally
    ) throws(SPOPError) -> Bool {
        switch head.kind {
        case .notify:
            guard session.isGreeted else { throw SPOPError(.invalid, "expected HAPROXY-HELLO first") }
            try notify(frame, head, session, &limiter, now: now, held: &held, output: &output, tally: &tally)
            return false
        case .haproxyHello:
            guard !session.isGreeted else { throw SPOPError(.invalid, "expected one HAPROXY-HELLO") }
            let hello = try SPOPHello(reading: frame, head)
            session.answerBytes = min(hello.maximumFrameBytes, maximumFrameBytes)
            SPOPHello.writeAnswer(maximumFrameBytes: session.answerBytes, to: &output)
            return hello.isHealthCheck
        case .haproxyDisconnect:
            // Code 2, after a time without requests, is no trouble; any other is in HAProxy's log.
            SPOPHello.writeDisconnect(SPOPError(.normal, "as HAProxy has said"), to: &output)
            return true
        case .unset, .agentHello, .agentDisconnect, .ack:
            throw SPOPError(.invalid, "expected a frame that HAProxy sends")
        case nil:
            // Of a later version: the protocol lets an agent pass it over.
            return false
        }
    }

    // MARK: NOTIFY

    private mutating func notify(
        _ frame: RawSpan, _ head: SPOPFrame, _ session: Session, _ limiter: inout Limiter, now: Instant,
        held: inout HeldFrames, output: inout ByteWriter, tally: inout DoorTally
    ) throws(SPOPError) {
        var check = SPOECheck()
        var reports = 0
        var cursor = SPOPCursor(head.payload)
        while !cursor.isAtEnd {
            let message = SPOEMessage(frame.extracting(try cursor.text(frame).range))
            let count = Int(try cursor.byte(frame))
            switch message {
            case .check: check.begin(&limiter)
            case .report: reports &+= 1
            case .unknown: tally.unknownMessages &+= 1
            }
            for _ in 0..<count {
                let name = frame.extracting(try cursor.text(frame).range)
                let value = try cursor.value(frame)
                if case .check = message {
                    check.take(name, value, of: frame, &limiter, scratch: &scratch)
                }
            }
        }
        var decision: Decision?
        if check.isThere, !check.isUndecodable {
            let made = decide(check, frame, &limiter, now: now, mayWait: held.room > 0)
            if made.isWaiting {
                tally.held &+= 1
                return held.hold(frame, isForCredit: limiter.waitsForCredit)
            }
            decision = made
        }
        let start = SPOPFrame.begin(.ack, ids: frame.extracting(head.ids), in: &output)
        let limit = start &+ SPOPFrame.lengthBytes &+ session.answerBytes
        if let decision {
            tally.requests &+= 1
            write(decision, frame, &limiter, limit: limit, to: &output)
        } else if check.isThere {
            tally.requests &+= 1
            tally.malformed &+= 1
            SPOEAnswer.writeUndecodable(limit: limit, to: &output)
        }
        // Behind the check: a frame that was held comes again whole.
        if reports > 0 {
            let outcome = try report(frame, head, &limiter, now: now, tally: &tally)
            SPOEAnswer.write(report: outcome, limit: limit, to: &output)
        } else if !check.isThere {
            SPOEAnswer.write(report: "none", limit: limit, to: &output)
        }
        SPOPFrame.end(start, in: &output)
    }

    private mutating func decide(
        _ check: SPOECheck, _ frame: RawSpan, _ limiter: inout Limiter, now: Instant, mayWait: Bool
    ) -> Decision {
        let request = CheckRequest(cost: check.cost, mayWait: mayWait)
        guard check.textBytes > 0 else { return limiter.check(request, in: frame, now: now) }
        // All values of a check lie in one place: those that were written as text lie behind the frame.
        scratch.withMutableBytes { buffer in frame.withUnsafeBytes { buffer.copyMemory(from: $0) } }
        return scratch.withBytes(0..<frame.byteCount &+ check.textBytes) {
            limiter.check(request, in: $0, now: now)
        }
    }

    private mutating func write(
        _ decision: Decision, _ frame: RawSpan, _ limiter: inout Limiter, limit: Int, to output: inout ByteWriter
    ) {
        let problemBytes = decision.verdict == .deny ? ProblemDocument.write(decision, &limiter, to: &document) : 0
        let retryAfter = RateLimitFields.retryAfter(decision, &jitter, by: jitterBound)
        // A consumer that was no text is not told.
        limiter.withAnswerTexts(of: decision.statement, in: frame) { rule, consumer in
            document.withBytes(0..<problemBytes) { problem in
                SPOEAnswer.write(
                    decision, rule: rule, consumer: consumer, problem: problem,
                    retryAfter: retryAfter, limit: limit, text: &text, to: &output)
            }
        }
    }

    /// Counts the reports of a frame that was read before.
    ///
    /// - Returns: what became of the last.
    private func report(
        _ frame: RawSpan, _ head: SPOPFrame, _ limiter: inout Limiter, now: Instant, tally: inout DoorTally
    ) throws(SPOPError) -> StaticString {
        var outcome: StaticString = "none"
        var cursor = SPOPCursor(head.payload)
        while !cursor.isAtEnd {
            let message = SPOEMessage(frame.extracting(try cursor.text(frame).range))
            let count = Int(try cursor.byte(frame))
            var report = SPOEReport()
            for _ in 0..<count {
                let name = frame.extracting(try cursor.text(frame).range)
                let value = try cursor.value(frame)
                if case .report = message { report.take(name, value, of: frame) }
            }
            guard case .report = message else { continue }
            switch report.outcome {
            case .noTicket: outcome = "none"
            case .undecodable:
                tally.malformed &+= 1
                outcome = "malformed"
            case .report(let report):
                tally.reports &+= 1
                outcome = limiter.report(report, now: now).name
            }
        }
        return outcome
    }
}

extension ReportOutcome {
    fileprivate var name: StaticString {
        switch self {
        case .accepted: "accepted"
        case .repeated: "repeated"
        case .late: "late"
        case .unknown: "unknown"
        }
    }
}

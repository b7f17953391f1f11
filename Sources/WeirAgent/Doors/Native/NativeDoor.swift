package import WeirCore

/// The native protocol over whatever bytes a connection has: frames in, answers out, no I/O.
///
/// It has no state of its own: a frame is whole or it waits.
package struct NativeDoor: Sendable {
    /// This run of the agent.
    package let incarnation: Hash128
    /// The agent's name and version, for HELLO.
    package let agent: String
    /// Bytes of the largest frame that is read.
    package let maximumFrameBytes: Int
    /// Frames that are decided in one turn.
    package let framesPerTurn: Int
    /// Requests that may be unanswered, as HELLO tells.
    package let maximumInFlight: Int

    package init(
        incarnation: Hash128, agent: String, maximumFrameBytes: Int = WireLimits.maximumFrameBytes,
        framesPerTurn: Int = WireLimits.framesPerTurn, maximumInFlight: Int = WireLimits.maximumInFlight
    ) {
        self.incarnation = incarnation
        self.agent = agent
        self.maximumFrameBytes = maximumFrameBytes
        self.framesPerTurn = framesPerTurn
        self.maximumInFlight = maximumInFlight
    }

    /// Bytes that must be free in the output before a frame is looked at: no answer is longer.
    package static let answerRoom = max(
        WireLimits.maximumAnswerBytes, ErrorFrame.fixedBytes + ErrorFrame.maximumMessageBytes)

    /// Answers the whole frames of `input`, at most `framesPerTurn` of them.
    ///
    /// - Parameter held: takes the frames whose checks wait for the shared store, as far as it has room.
    package func turn(
        _ input: RawSpan, _ limiter: inout Limiter, now: Instant, held: inout HeldFrames, output: inout ByteWriter,
        tally: inout DoorTally
    ) -> DoorProgress {
        var offset = 0
        for _ in 0..<framesPerTurn {
            guard output.free >= Self.answerRoom else { return DoorProgress(consumed: offset, next: .yield) }
            let rest = input.extracting(offset..<input.byteCount)
            var id: UInt64 = 0
            do throws(WireError) {
                guard let header = try FrameHeader(reading: rest, maximumLength: maximumFrameBytes),
                    header.length <= rest.byteCount
                else {
                    return DoorProgress(consumed: offset, next: .read)
                }
                id = header.id
                try answer(
                    rest.extracting(0..<header.length), header, &limiter, now: now, held: &held, output: &output,
                    tally: &tally)
                offset &+= header.length
            } catch {
                tally.malformed &+= 1
                if error.code == .badLength { tally.oversized &+= 1 }
                ErrorFrame.write(error, id: id, to: &output)
                return DoorProgress(consumed: input.byteCount, next: .close)
            }
        }
        return DoorProgress(consumed: offset, next: offset < input.byteCount ? .yield : .read)
    }

    /// As above, where no check may wait.
    package func turn(
        _ input: RawSpan, _ limiter: inout Limiter, now: Instant, output: inout ByteWriter, tally: inout DoorTally
    ) -> DoorProgress {
        var held = HeldFrames(room: 0)
        return turn(input, &limiter, now: now, held: &held, output: &output, tally: &tally)
    }

    @inline(__always)
    private func answer(
        _ frame: RawSpan, _ header: FrameHeader, _ limiter: inout Limiter, now: Instant, held: inout HeldFrames,
        output: inout ByteWriter, tally: inout DoorTally
    ) throws(WireError) {
        switch header.operation {
        case .check:
            var request = try limiter.read(frame, header)
            if held.room == 0 { request.mayWait = false }
            let decision = limiter.check(request, in: frame, now: now)
            if decision.isWaiting {
                tally.held &+= 1
                return held.hold(frame, isForCredit: limiter.waitsForCredit)
            }
            tally.requests &+= 1
            Self.write(decision, frame, header, &limiter, to: &output)
        case .report: try report(frame, header, &limiter, now: now, output: &output, tally: &tally)
        case .release:
            let count = try Release.count(in: frame)
            var released = 0
            for index in 0..<count where limiter.release(Release.ticket(in: frame, index: index), now: now) {
                released &+= 1
            }
            Release.writeAnswer(released: released, unknown: count &- released, id: header.id, to: &output)
        case .ping:
            FrameHeader(length: WireLimits.headerBytes, operation: .pingAnswer, id: header.id).write(to: &output)
        case .hello:
            _ = try Hello(reading: frame)
            HelloAnswer(
                features: Features.peek | Features.reports | Features.concurrency | Features.reserve,
                maximumFrameBytes: UInt32(maximumFrameBytes),
                maximumInFlight: UInt32(maximumInFlight), incarnation: incarnation, agent: agent
            ).write(id: header.id, to: &output)
        case .helloAnswer, .checkAnswer, .reportAnswer, .releaseAnswer, .pingAnswer, .goaway, .error:
            throw WireError(.badOperation, field: "operation", offset: 5)
        }
    }

    @inline(__always)
    private static func write(
        _ decision: Decision, _ frame: RawSpan, _ header: FrameHeader, _ limiter: inout Limiter,
        to output: inout ByteWriter
    ) {
        limiter.withAnswerTexts(of: decision.statement, in: frame) { rule, consumer in
            CheckAnswer.write(decision, rule: rule, consumer: consumer, id: header.id, to: &output)
        }
    }

    /// All entries are read before the first is counted: a frame is right or refused.
    private func report(
        _ frame: RawSpan, _ header: FrameHeader, _ limiter: inout Limiter, now: Instant, output: inout ByteWriter,
        tally: inout DoorTally
    ) throws(WireError) {
        let count = try Report.count(in: frame)
        for index in 0..<count { _ = try Report(reading: frame, index: index) }
        var answer = ReportAnswer()
        for index in 0..<count { answer.count(limiter.report(try Report(reading: frame, index: index), now: now)) }
        tally.reports &+= count
        if header.flags & Report.quietFlag == 0 { answer.write(id: header.id, to: &output) }
    }

    /// What a client is told when the connection is refused or given up.
    package static func refusal(_ error: WireError) -> [UInt8] {
        bytes(capacity: answerRoom) { ErrorFrame.write(error, id: 0, to: &$0) }
    }

    /// What clients are told when the agent stops.
    package static func goaway(graceMilliseconds: Int) -> [UInt8] {
        bytes(capacity: Goaway.byteCount) {
            Goaway(reason: .draining, graceMilliseconds: UInt32(clamping: graceMilliseconds)).write(to: &$0)
        }
    }
}

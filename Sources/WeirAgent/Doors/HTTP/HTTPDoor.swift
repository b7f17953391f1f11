package import WeirCore

/// The HTTP door over whatever bytes a connection has: requests in, answers out, no I/O.
///
/// nginx asks it for each request, so it is on the reactor and parses for itself: a pipeline of handlers costs twice
/// the CPU of the check. The head and the body's room are made once and used by every connection.
package struct HTTPDoor: ~Copyable, Sendable {
    private var head = HTTPHead()
    /// Where the body of an answer is written before its length is.
    private var document = FixedArray<UInt8>(count: ProblemDocument.room, repeating: 0)
    private var jitter: RetryJitter

    /// Requests that are answered in one turn.
    private let requestsPerTurn: Int

    /// - Parameter seed: what `RetryJitter` starts from.
    package init(
        requestsPerTurn: Int = WireLimits.framesPerTurn, seed: UInt64 = .random(in: .min ... .max)
    ) {
        self.requestsPerTurn = requestsPerTurn
        jitter = RetryJitter(seed: seed)
    }

    /// What one connection remembers between its reads.
    package struct Session: Equatable, Sendable {
        /// Bytes of a body that are still to be thrown away.
        var bodyLeft = 0
        /// Bytes of the waiting head that were looked at for its end.
        var scanned = 0
        /// Bytes of the waiting request whose body is read, head and body; 0 where none waits.
        var awaited = 0

        package init() {}

        /// Whether a body has not come to its end.
        package var isInBody: Bool { bodyLeft > 0 }
    }

    /// What a connection is told that is not served: too many, or not allowed.
    package static func refusal(isAllowed: Bool) -> [UInt8] {
        bytes(capacity: HTTPAnswer.room) { output in
            HTTPAnswer.writeRefusal(
                isAllowed ? 503 : 403, expected: isAllowed ? "fewer connections" : "a user that may use this socket",
                isPersistent: false, to: &output)
        }
    }

    /// What a connection is told whose request was not whole in time.
    package static var timeout: [UInt8] {
        bytes(capacity: HTTPAnswer.room) { output in
            HTTPAnswer.writeRefusal(408, expected: "a whole request in time", isPersistent: false, to: &output)
        }
    }

    /// Answers the whole requests of `input`, at most `requestsPerTurn` of them.
    ///
    /// - Parameter mayWait: whether a check may wait for the shared store; then the turn ends before it, as answers keep the order
    ///   of the requests.
    package mutating func turn(
        _ input: RawSpan, _ session: inout Session, _ policy: HTTPPolicy, _ limiter: inout Limiter, now: Instant,
        mayWait: Bool = false, output: inout ByteWriter, tally: inout DoorTally
    ) -> DoorProgress {
        var offset = 0
        for _ in 0..<requestsPerTurn {
            if session.bodyLeft > 0 {
                let part = min(session.bodyLeft, input.byteCount &- offset)
                session.bodyLeft &-= part
                offset &+= part
            }
            guard offset < input.byteCount, input.byteCount &- offset >= session.awaited else {
                return DoorProgress(consumed: offset, next: .read)
            }
            guard output.free >= HTTPAnswer.room else { return DoorProgress(consumed: offset, next: .yield) }
            let rest = input.extracting(offset..<input.byteCount)
            do throws(HTTPProblem) {
                guard
                    let end = try HTTPHead.end(
                        in: rest, scanned: &session.scanned, maximum: policy.maximumHeadBytes)
                else {
                    return DoorProgress(consumed: offset, next: .read)
                }
                session.scanned = 0
                let bytes = rest.extracting(0..<end)
                try head.read(bytes)
                let call = policy.servesChecks ? HTTPCall(target: bytes.extracting(head.target.range)) : nil
                if let call {
                    if isReadable(end, &output, &tally) {
                        let whole = end &+ head.bodyBytes
                        guard rest.byteCount >= whole else {
                            // Said once: when this is reached again, the body is there.
                            if head.expectsContinue, rest.byteCount == end {
                                output.append("HTTP/1.1 100 Continue\r\n\r\n" as StaticString)
                            }
                            session.awaited = whole
                            return DoorProgress(consumed: offset, next: .read)
                        }
                        session.awaited = 0
                        take(call, rest.extracting(end..<whole), &limiter, now: now, output: &output, tally: &tally)
                        offset &+= whole
                        if !head.isPersistent { return DoorProgress(consumed: input.byteCount, next: .close) }
                        continue
                    }
                } else {
                    let isAnswered = answer(
                        bytes, policy, &limiter, now: now, mayWait: mayWait, output: &output, tally: &tally)
                    guard isAnswered else { return DoorProgress(consumed: offset, next: .wait) }
                }
                offset &+= end
                session.bodyLeft = head.bodyBytes
                if closes { return DoorProgress(consumed: input.byteCount, next: .close) }
            } catch {
                tally.malformed &+= 1
                if error.isTooLarge { tally.oversized &+= 1 }
                HTTPAnswer.writeRefusal(error.status, expected: error.expected, isPersistent: false, to: &output)
                return DoorProgress(consumed: input.byteCount, next: .close)
            }
        }
        return DoorProgress(consumed: offset, next: offset < input.byteCount ? .yield : .read)
    }

    /// Whether the connection closes behind an answer that has not read the body: a client that waits for "100 Continue" may or
    /// may not send it now, and it must not be taken for a request.
    private var closes: Bool { !head.isPersistent || head.expectsContinue }

    // MARK: Checks

    /// - Returns: false when the request waits for the shared store.
    private mutating func answer(
        _ bytes: RawSpan, _ policy: HTTPPolicy, _ limiter: inout Limiter, now: Instant, mayWait: Bool,
        output: inout ByteWriter, tally: inout DoorTally
    ) -> Bool {
        let target = bytes.extracting(head.target.range)
        guard let dialect = HTTPDialect(target: target), policy.serves(dialect) else {
            tally.unknownPaths &+= 1
            refuse(404, policy.paths, to: &output)
            return true
        }
        guard var request = HTTPQuestion.read(head, bytes, dialect, policy, into: &limiter) else {
            tally.requests &+= 1
            tally.malformed &+= 1
            // To nginx anything but 401 and 403 is a failure of the agent, which may let the request pass.
            refuse(
                dialect == .nginx ? 403 : 400,
                dialect == .nginx ? "" : "each field once, with a value of its kind", to: &output)
            return true
        }
        request.mayWait = request.mayWait && mayWait
        let decision = limiter.check(request, in: bytes, now: now)
        if decision.isWaiting {
            tally.held &+= 1
            return false
        }
        tally.requests &+= 1
        let problemBytes = decision.verdict == .deny ? ProblemDocument.write(decision, &limiter, to: &document) : 0
        let manner = HTTPAnswer.Manner(
            dialect: dialect, location: (dialect == .accel ? HTTPDialect.location(in: target) : nil) ?? 0..<0,
            isPersistent: !closes, isVersion10: head.isVersion10, isHead: head.isHead, style: policy.style, now: now)
        limiter.withName(of: decision.statement) { rule in
            document.withBytes(0..<problemBytes) { problem in
                HTTPAnswer.write(
                    decision, rule: rule, manner, request: target, problem: problem, jitter: &jitter, to: &output)
            }
        }
        return true
    }

    private func refuse(_ status: UInt16, _ expected: String, to output: inout ByteWriter) {
        HTTPAnswer.writeRefusal(
            status, expected: expected, isPersistent: !closes, isVersion10: head.isVersion10, isHead: head.isHead,
            to: &output)
    }

    // MARK: Reports and releases

    /// Whether the body of a report can be read; otherwise it says why not, and the body is thrown away.
    ///
    /// - Parameter headBytes: of the request, which has to fit into what a connection may have waiting together with its body.
    private func isReadable(
        _ headBytes: Int, _ output: inout ByteWriter, _ tally: inout DoorTally
    ) -> Bool {
        let isTooLarge =
            head.bodyBytes > HTTPCall.maximumBodyBytes || headBytes &+ head.bodyBytes > HTTPHead.maximumBytes
        if head.isPost, head.hasLength, !isTooLarge { return true }
        tally.malformed &+= 1
        if !head.isPost {
            refuse(405, "POST", to: &output)
        } else if !head.hasLength {
            refuse(411, "a Content-Length", to: &output)
        } else {
            tally.oversized &+= 1
            refuse(413, "a body of at most 16 KiB, and 64 KiB with the head", to: &output)
        }
        return false
    }

    /// Reads the whole body before anything of it counts.
    private mutating func take(
        _ call: HTTPCall, _ body: RawSpan, _ limiter: inout Limiter, now: Instant, output: inout ByteWriter,
        tally: inout DoorTally
    ) {
        do throws(HTTPReportProblem) {
            var reader = HTTPReportReader(call)
            while try reader.next(body) != nil {}
            reader = HTTPReportReader(call)
            var reports = ReportAnswer()
            var (released, entries) = (0, 0)
            while let report = try reader.next(body) {
                entries &+= 1
                switch call {
                case .report: reports.count(limiter.report(report, now: now))
                case .release: if limiter.release(report.ticket, now: now) { released &+= 1 }
                }
            }
            if case .report = call { tally.reports &+= entries }
            let count = document.withMutableBytes { buffer in
                var writer = ByteWriter(buffer)
                switch call {
                case .report: reports.writeJSON(to: &writer)
                case .release: Release.writeJSON(released: released, unknown: entries &- released, to: &writer)
                }
                return writer.count
            }
            send(200, "application/json", count, to: &output)
        } catch {
            tally.malformed &+= 1
            let count = document.withMutableBytes { buffer in
                var writer = ByteWriter(buffer)
                error.write(body, to: &writer)
                return writer.count
            }
            send(400, "application/problem+json", count, to: &output)
        }
    }

    /// Sends the first bytes of the document.
    private func send(_ status: UInt16, _ kind: StaticString, _ count: Int, to output: inout ByteWriter) {
        document.withBytes(0..<count) { document in
            HTTPAnswer.writeDocument(
                status, kind, document, isPersistent: head.isPersistent, isVersion10: head.isVersion10, to: &output)
        }
    }
}

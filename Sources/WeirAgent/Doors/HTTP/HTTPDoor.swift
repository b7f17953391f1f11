package import WeirCore

/// The HTTP door over whatever bytes a connection has: requests in, answers out, no I/O.
///
/// nginx asks it for each request, so it is on the reactor and parses for itself: a pipeline of handlers costs twice
/// the CPU of the check. The head and the body's room are made once and used by every connection.
package struct HTTPDoor: ~Copyable, Sendable {
    private var head = HTTPHead()
    /// Bytes of the longest problem document, and some.
    private var problem = FixedArray<UInt8>(count: 512, repeating: 0)

    /// Requests that are answered in one turn.
    private let requestsPerTurn: Int

    package init(requestsPerTurn: Int = WireLimits.framesPerTurn) { self.requestsPerTurn = requestsPerTurn }

    /// What one connection remembers between its reads.
    package struct Session: Equatable, Sendable {
        /// Bytes of a body that are still to be thrown away.
        var bodyLeft = 0
        /// Bytes of the waiting head that were looked at for its end.
        var scanned = 0

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
            guard offset < input.byteCount else { return DoorProgress(consumed: offset, next: .read) }
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
                let isAnswered = answer(
                    bytes, policy, &limiter, now: now, mayWait: mayWait, output: &output, tally: &tally)
                guard isAnswered else { return DoorProgress(consumed: offset, next: .wait) }
                offset &+= end
                session.bodyLeft = head.bodyBytes
                if !head.isPersistent { return DoorProgress(consumed: input.byteCount, next: .close) }
            } catch {
                tally.malformed &+= 1
                if error.isTooLarge { tally.oversized &+= 1 }
                HTTPAnswer.writeRefusal(error.status, expected: error.expected, isPersistent: false, to: &output)
                return DoorProgress(consumed: input.byteCount, next: .close)
            }
        }
        return DoorProgress(consumed: offset, next: offset < input.byteCount ? .yield : .read)
    }

    /// - Returns: false when the request waits for the shared store.
    private mutating func answer(
        _ bytes: RawSpan, _ policy: HTTPPolicy, _ limiter: inout Limiter, now: Instant, mayWait: Bool,
        output: inout ByteWriter, tally: inout DoorTally
    ) -> Bool {
        guard let dialect = HTTPDialect(target: bytes.extracting(head.target.range)), policy.serves(dialect) else {
            tally.unknownPaths &+= 1
            HTTPAnswer.writeRefusal(
                404, expected: policy.servesProxies ? "/nginx, /forward, /envoy/… or /check" : "/check",
                isPersistent: head.isPersistent, to: &output)
            return true
        }
        guard var request = HTTPQuestion.read(head, bytes, dialect, policy, into: &limiter) else {
            tally.requests &+= 1
            tally.malformed &+= 1
            // To nginx anything but 401 and 403 is a failure of the agent, which may let the request pass.
            HTTPAnswer.writeRefusal(
                dialect == .nginx ? 403 : 400,
                expected: dialect == .nginx ? "" : "each field once, with a value of its kind",
                isPersistent: head.isPersistent, to: &output)
            return true
        }
        request.mayWait = request.mayWait && mayWait
        let decision = limiter.check(request, in: bytes, now: now)
        if decision.isWaiting {
            tally.held &+= 1
            return false
        }
        tally.requests &+= 1
        limiter.withName(of: decision.statement) { rule in
            HTTPAnswer.write(
                decision, rule: rule, dialect: dialect, isPersistent: head.isPersistent, isVersion10: head.isVersion10,
                problem: &problem, to: &output)
        }
        return true
    }
}

import Glibc
import NIOCore
import NIOPosix
import Synchronization
import WeirCore

/// A client of an agent on this machine: one connection, any number of requests in flight, connected again when it
/// breaks.
///
/// ```swift
/// let client = WeirClient(socket: "/run/weir/agent.sock")
/// let decision = try await client.check(WeirRequest(["ip": "192.0.2.1", "path": "/search"]))
/// ```
public final class WeirClient: Sendable {
    private struct State {
        var connection: (any Channel)?
        var attempt: Task<any Channel, any Error>?
    }

    private let socket: String
    private let timeout: TimeAmount
    private let state = Mutex(State())

    /// Makes a client; it connects with the first request.
    ///
    /// - Parameters:
    ///   - socket: the path of the agent's native socket.
    ///   - timeout: how long an answer may take.
    public init(socket: String, timeout: Duration = .milliseconds(20)) {
        self.socket = socket
        self.timeout = .nanoseconds(timeout / .nanoseconds(1) > 9e18 ? .max : Int64(timeout / .nanoseconds(1)))
    }

    /// Asks whether a request may pass.
    ///
    /// - Throws: `WeirClientError` when there is no answer; what happens to the request then is yours to say.
    public func check(_ request: WeirRequest) async throws -> WeirDecision {
        let draft = request.draft
        if let problem = draft.problem { throw WeirClientError.invalidRequest(problem) }
        let frame = try await ask { draft.frame(id: $0) }
        do throws(WireError) {
            return try frame.withBytes { bytes throws(WireError) in
                guard let header = try FrameHeader(reading: bytes) else {
                    throw WireError(.truncated, field: "header", offset: 0)
                }
                return WeirDecision(try CheckAnswer(reading: bytes, header: header))
            }
        } catch {
            throw WeirClientError.protocolViolation(error.description)
        }
    }

    /// Tells what came of requests that had passed; each ticket counts once, however often it is reported on.
    ///
    /// - Parameter reports: 1 to 64 of them.
    public func report(_ reports: [WeirReport]) async throws {
        guard !reports.isEmpty, reports.count <= WireLimits.maximumReports else {
            throw WeirClientError.invalidRequest(
                "expected 1 to \(WireLimits.maximumReports) reports, found \(reports.count)")
        }
        if let wrong = reports.first(where: { !(100...599).contains($0.status) }) {
            throw WeirClientError.invalidRequest("expected a status from 100 to 599, found \(wrong.status)")
        }
        let entries = reports.map(\.report)
        _ = try await ask { Report.frame(entries, id: $0) }
    }

    /// Says that requests are over, or never ran: the slots that they held are free. A report says so too.
    ///
    /// - Parameter tickets: 1 to 64 of them.
    /// - Returns: how many held a slot.
    public func release(_ tickets: [WeirTicket]) async throws -> Int {
        guard !tickets.isEmpty, tickets.count <= WireLimits.maximumReports else {
            throw WeirClientError.invalidRequest(
                "expected 1 to \(WireLimits.maximumReports) tickets, found \(tickets.count)")
        }
        let entries = tickets.map(\.ticket)
        let answer = try await ask { Release.frame(entries, id: $0) }
        return answer.withBytes { Release.released(in: $0) }
    }

    /// Ends the connection; requests in flight fail.
    public func close() async {
        let connection = state.withLock { state in
            defer { state.connection = nil }
            return state.connection
        }
        try? await connection?.close()
    }

    // MARK: The connection

    private func ask(_ frame: @escaping @Sendable (UInt64) -> [UInt8]) async throws -> [UInt8] {
        let channel = try await connection()
        let promise = channel.eventLoop.makePromise(of: [UInt8].self)
        let question = AnswerMatcher.Question(frame: frame, answer: promise, timeout: timeout)
        channel.eventLoop.execute {
            do {
                let context = try channel.pipeline.syncOperations.context(handlerType: AnswerMatcher.self)
                guard let matcher = context.handler as? AnswerMatcher else {
                    return promise.fail(WeirClientError.closed)
                }
                matcher.ask(question, context)
                if matcher.isGoingAway { self.forget(channel) }
            } catch {
                promise.fail(WeirClientError.closed)
            }
        }
        return try await promise.futureResult.get()
    }

    /// The connection that is there, or a new one; those who come together share the attempt.
    private func connection() async throws -> any Channel {
        let found = state.withLock { state -> (channel: (any Channel)?, attempt: Task<any Channel, any Error>?) in
            if let channel = state.connection, channel.isActive { return (channel, nil) }
            state.connection = nil
            if let attempt = state.attempt { return (nil, attempt) }
            let attempt = Task { try await self.connect() }
            state.attempt = attempt
            return (nil, attempt)
        }
        if let channel = found.channel { return channel }
        guard let attempt = found.attempt else { throw WeirClientError.closed }
        return try await attempt.value
    }

    private func connect() async throws -> any Channel {
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandlers([
                            ByteToMessageHandler(FrameDecoder()), AnswerMatcher(),
                        ])
                    }
                }
                .connect(unixDomainSocketPath: socket).get()
            state.withLock { state in
                state.connection = channel
                state.attempt = nil
            }
            return channel
        } catch {
            state.withLock { $0.attempt = nil }
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            throw WeirClientError.unreachable(path: socket, reason: reason)
        }
    }

    private func forget(_ channel: any Channel) {
        state.withLock { state in
            if state.connection === channel { state.connection = nil }
        }
    }
}

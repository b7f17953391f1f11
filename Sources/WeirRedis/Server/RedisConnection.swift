package import NIOCore

/// One connection: commands out, replies back in the same order.
///
/// It belongs to its channel's loop and is used there only. What is sent waits in a buffer until `flush`, and leaves in one
/// write. A reply that is late, bytes that are no replies, and the end of the connection all close it and fail what waits:
/// there is no way to tell whose the next reply would be.
package final class RedisConnection: ChannelInboundHandler {
    /// Bytes of replies.
    package typealias InboundIn = ByteBuffer
    /// Bytes of commands.
    package typealias OutboundOut = ByteBuffer

    /// A reply and how many nanoseconds it took, or why there is none.
    package typealias Answer = (Result<RedisReply, StoreTrouble>, _ nanoseconds: UInt64) -> Void

    /// Commands that wait for their replies, at most, and their bytes; more are refused (`overloaded`).
    package static let maximumPending = 4096
    /// See `maximumPending`.
    package static let maximumPendingBytes = 16 << 20

    private struct Pending {
        var sent: NIODeadline
        var bytes: Int
        var answer: Answer
    }

    /// How long a reply may take.
    package var timeout: TimeAmount {
        didSet {
            timer?.cancel()
            timer = nil
            watch()
        }
    }
    /// Called once, when the connection is over.
    package var onClose: ((StoreTrouble) -> Void)?

    private let reader = ReplyReader()
    private var pending = CircularBuffer<Pending>()
    private var pendingBytes = 0
    private var outgoing = ByteBuffer()
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    private var end: StoreTrouble?

    /// Whether TLS lies below and no byte has come through it yet.
    private var awaitsSecurity: Bool

    /// - isEncrypted: whether TLS lies below.
    package init(timeout: TimeAmount, isEncrypted: Bool = false) {
        self.timeout = timeout
        awaitsSecurity = isEncrypted
    }

    // MARK: Sending

    /// Queues a command; it goes out with the next `flush`.
    package func send(_ command: RedisCommand, _ answer: @escaping Answer) {
        guard end == nil, let context else {
            return answer(.failure(end ?? .unreachable(reason: "not connected")), 0)
        }
        guard pending.count < Self.maximumPending, pendingBytes < Self.maximumPendingBytes else {
            return answer(.failure(.overloaded), 0)
        }
        let before = outgoing.readableBytes
        command.write(to: &outgoing)
        let bytes = outgoing.readableBytes - before
        pendingBytes += bytes
        pending.append(Pending(sent: context.eventLoop.now, bytes: bytes, answer: answer))
    }

    /// Writes what is queued, in one piece.
    package func flush() {
        guard let context, outgoing.readableBytes > 0 else { return }
        let bytes = outgoing
        outgoing = ByteBuffer()
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        watch()
    }

    /// Ends the connection; what waits fails with the reason.
    package func close(_ reason: StoreTrouble) {
        guard end == nil else { return }
        end = reason
        timer?.cancel()
        let waiting = pending
        pending.removeAll()
        pendingBytes = 0
        context?.close(promise: nil)
        for entry in waiting { entry.answer(.failure(reason), 0) }
        onClose?(reason)
        onClose = nil
    }

    // MARK: Time

    /// One timer, for the oldest command.
    private func watch() {
        guard timer == nil, let first = pending.first, let context else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: first.sent + timeout) {
            self.timer = nil
            guard let first = self.pending.first else { return }
            if first.sent + self.timeout <= context.eventLoop.now { self.close(self.lateness) } else { self.watch() }
        }
    }

    /// Redis takes the first bytes of TLS for the beginning of a line, and waits for its end.
    private var lateness: StoreTrouble {
        awaitsSecurity
            ? .unreachable(
                reason: "TLS: no answer in time; does the server speak TLS on this port? else write redis://")
            : .timedOut
    }

    // MARK: The channel

    /// Learns its channel.
    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    /// Is over.
    package func handlerRemoved(context: ChannelHandlerContext) {
        close(.unreachable(reason: "the connection was closed"))
        self.context = nil
    }

    /// Takes replies.
    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard end == nil else { return }
        awaitsSecurity = false
        do throws(ReplyReader.Malformed) {
            let fed = unwrapInboundIn(data).withUnsafeReadableBytes { raw in
                Result { () throws(ReplyReader.Malformed) in try reader.feed(raw) }
            }
            try fed.get()
            while end == nil, let reply = try reader.next() {
                guard let entry = pending.popFirst() else {
                    return close(.unreachable(reason: "a reply that nobody asked for"))
                }
                pendingBytes -= entry.bytes
                entry.answer(.success(reply), UInt64(max(0, (context.eventLoop.now - entry.sent).nanoseconds)))
            }
        } catch {
            close(.unreachable(reason: "not Redis's protocol: \(error.reason)"))
        }
    }

    /// Is over.
    package func channelInactive(context: ChannelHandlerContext) {
        close(.unreachable(reason: "the server closed the connection"))
        context.fireChannelInactive()
    }

    /// Is over, for this reason.
    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(.unreachable(reason: ConnectionReason.text(error)))
    }
}

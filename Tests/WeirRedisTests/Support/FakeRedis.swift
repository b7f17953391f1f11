import NIOCore
import NIOPosix
import Synchronization

import WeirRedis

/// A server that answers as a test wants it to, and notes what came in one piece.
final class FakeRedis: Sendable {
    /// What it does with calls of the script.
    enum Manner: Sendable {
        case answers
        /// It takes calls and says nothing.
        case isSilent
        /// It closes each connection at once.
        case hangsUp
    }

    private struct Notes {
        var batches: [Int] = []
        var connections: [NIODeadline] = []
    }

    private let notes: Shared
    private let channel: any Channel
    let port: Int

    private final class Shared: Sendable {
        let notes = Mutex(Notes())
        let manner: Manner

        init(_ manner: Manner) { self.manner = manner }
    }

    init(_ manner: Manner) async throws {
        let notes = Shared(manner)
        self.notes = notes
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 1 << 20))
            .childChannelInitializer { channel in
                notes.notes.withLock { $0.connections.append(.now()) }
                if notes.manner == .hangsUp { return channel.close() }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answerer(notes))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    func close() async { try? await channel.close() }

    var url: String { "redis://127.0.0.1:\(port)" }
    /// How many calls of the script came in each piece that had any.
    var batches: [Int] { notes.notes.withLock { $0.batches } }
    /// When connections were accepted.
    var connections: [NIODeadline] { notes.notes.withLock { $0.connections } }

    private final class Answerer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let notes: Shared
        private let reader = ReplyReader()  // commands are arrays of strings

        init(_ notes: Shared) { self.notes = notes }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var calls = 0
            var out = ""
            do {
                try unwrapInboundIn(data).withUnsafeReadableBytes { try reader.feed($0) }
                while let command = try reader.next() {
                    let words =
                        command.elements?.compactMap { $0.text.map { String(decoding: $0, as: UTF8.self) } } ?? []
                    switch words.first {
                    case "INFO": out += "$40\r\nrun_id:r\r\nrole:master\r\nmaster_replid:m\r\n\r\n"
                    case "EVALSHA":
                        calls += 1
                        let count = 5 + 8 * ((Int(words[2]) ?? 1) - 1)
                        if notes.manner == .answers {
                            out += "*\(count)\r\n" + String(repeating: ":1\r\n", count: count)
                        }
                    default: out += "$1\r\nx\r\n"
                    }
                }
            } catch {
                context.close(promise: nil)
            }
            if calls > 0 { notes.notes.withLock { $0.batches.append(calls) } }
            if !out.isEmpty { context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: out)), promise: nil) }
        }
    }
}

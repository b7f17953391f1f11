import NIOCore
import WeirCore

/// Gives each answer to the request that it belongs to; answers may overtake each other.
final class AnswerMatcher: ChannelInboundHandler {
    typealias InboundIn = [UInt8]
    typealias OutboundOut = ByteBuffer

    /// A request on its way out.
    struct Question: Sendable {
        var frame: @Sendable (_ id: UInt64) -> [UInt8]
        var answer: EventLoopPromise<[UInt8]>
        var timeout: TimeAmount
    }

    private var waiting: [UInt64: EventLoopPromise<[UInt8]>] = [:]
    private var nextID: UInt64 = 1
    /// Whether the agent has asked for no more requests on this connection.
    private(set) var isGoingAway = false

    func ask(_ question: Question, _ context: ChannelHandlerContext) {
        let id = nextID
        nextID += 1
        waiting[id] = question.answer
        let timer = context.eventLoop.assumeIsolated().scheduleTask(in: question.timeout) {
            // A late answer finds nobody, and is dropped.
            self.waiting.removeValue(forKey: id)?.fail(WeirClientError.timeout)
        }
        question.answer.futureResult.assumeIsolated().whenComplete { _ in timer.cancel() }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: question.frame(id))), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        do throws(WireError) {
            try frame.withBytes { bytes throws(WireError) in
                guard let header = try FrameHeader(reading: bytes) else { return }
                switch header.operation {
                case .goaway: isGoingAway = true
                case .error:
                    let error = try ErrorFrame(reading: bytes)
                    failAll(.refused(error.message))
                default: waiting.removeValue(forKey: header.id)?.succeed(frame)
                }
            }
        } catch {
            failAll(.protocolViolation(error.description))
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        failAll(.closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failAll(error as? WeirClientError ?? .protocolViolation("\(error)"))
        context.close(promise: nil)
    }

    private func failAll(_ error: WeirClientError) {
        let promises = waiting.values
        waiting = [:]
        for promise in promises { promise.fail(error) }
    }
}

import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import WeirCore
import WeirStore

/// `POST /v1/exchange`: agents draw on what consumers have bought, as protocol/windows.md has it. `GET /v1/recalls`: they hear for what
/// others wait.
struct ExchangeEndpoint: Sendable {
    let store: WindowStore
    let recalls: RecallFeed
    let names: AgentNames
    let maximumBody: Int
    let now: @Sendable () -> Date

    private static let questions = [
        Field("incarnation", .text(32...32), "the run of the agent"),
        Field(optional: "wait", .integer(0...60), "seconds to wait for somebody who wants something (0)"),
    ]

    var endpoints: [Endpoint] {
        [
            Endpoint(
                method: .post, path: "/v1/exchange", name: "exchange",
                summary: "Draw on grants, and take totals in the same transaction", scopes: [.agent],
                body: .bytes(WindowExchange.contentType),
                answers: [.init(.ok, "what the windows hold", .bytes([WindowExchange.contentType]))],
                work: .own { request, context, principal in try await take(request, context, principal) }),
            Endpoint(
                method: .get, path: "/v1/recalls", name: "recalls",
                summary: "Grants that others wait for what this run of an agent does not use of", scopes: [.agent],
                query: Self.questions,
                answers: [
                    .init(.ok, "ids of grants, a line each", .bytes(["text/plain"])),
                    .init(.noContent, "nobody waits", .none),
                ],
                work: .own { request, _, _ in try await recalled(request) }),
        ]
    }

    private func take(
        _ request: Request, _ context: BasicRequestContext, _ principal: Principal?
    ) async throws -> Response {
        guard request.headers[.contentType] == WindowExchange.contentType else {
            throw Problem(.unsupportedMediaType, "Content-Type: expected \(WindowExchange.contentType)")
        }
        let delivery = try UsageRoutes.delivery(request)
        let body = try await RequestBody.collect(request, atMost: maximumBody, "WEIR_MAX_BODY")
        let question: ExchangeQuestion
        do throws(PolicyDocumentError) {
            question = try body.withBytes { bytes throws(PolicyDocumentError) in try ExchangeQuestion(reading: bytes) }
        } catch {
            throw Problem(.badRequest, "the exchange: \(error)")
        }
        let cells = try Self.cells(question)
        if let principal, !cells.isEmpty { try await names.check(principal, sends: delivery) }
        do throws(StoreError) {
            let (receipt, answers) = try await store.exchange(
                incarnation: question.incarnation, cells: cells, asks: question.windows.map(Self.ask),
                over: question.over, delivery: delivery, namespace: principal?.namespace,
                now: Int64(now().timeIntervalSince1970))
            // Somebody may be asked to give something back.
            if zip(question.windows, answers).contains(where: { $0.call.need > 0 && $1.granted <= $0.call.granted }) {
                await recalls.look()
            }
            let answer = ExchangeAnswer(
                cells: Int64(receipt.cells), known: receipt.known ?? -1,
                windows: zip(question.windows, answers).map { Self.reply($1, to: $0) })
            return Response(
                status: .ok, headers: [.contentType: WindowExchange.contentType, .cacheControl: "no-store"],
                body: .init(byteBuffer: ByteBuffer(bytes: answer.bytes)))
        } catch {
            if error.code == .refused { throw Problem(.badRequest, "\(error)") }
            context.logger.error("an exchange was not done: \(error)")
            throw Problem(.serviceUnavailable, "the database: \(error)", retryAfter: 1)
        }
    }

    private static func cells(_ question: ExchangeQuestion) throws(Problem) -> [Cell] {
        if question.usage.isEmpty { return [] }
        let batch: SegmentReader
        do throws(SegmentError) {
            batch = try question.usage.withBytes { bytes throws(SegmentError) in try SegmentReader(batch: bytes) }
        } catch {
            throw Problem(.badRequest, "the batch: \(error)")
        }
        guard batch.header.incarnation == question.incarnation else {
            throw Problem(.badRequest, "the batch: expected usage of the incarnation that asks")
        }
        for (index, cell) in batch.cells.enumerated() where !UsageRoutes.isBelowMaximum(cell.totals) {
            throw Problem(.badRequest, "cell \(index): expected totals below \(UsageStore.maximumTotal)")
        }
        return batch.cells
    }

    private static func ask(_ window: ExchangeQuestion.Window) -> WindowAsk {
        WindowAsk(
            grant: window.grant.text(RecordID.grant), granted: window.call.granted, returned: window.call.returned,
            want: window.call.want, need: max(1, window.call.need), isOver: window.call.isOver,
            isAlive: window.call.isAlive)
    }

    private static func reply(
        _ answer: WindowAnswer, to window: ExchangeQuestion.Window
    ) -> ExchangeAnswer.Window {
        let standing: CreditWindow.Standing =
            switch answer.state {
            case .open: .open
            case .empty: .empty
            case .closed: .closed
            }
        return ExchangeAnswer.Window(
            grant: window.grant,
            reply: WindowReply(
                granted: answer.granted, returned: answer.returned, seconds: min(answer.seconds, 86_400),
                recall: answer.recall, standing: standing, sentAt: window.call.sentAt))
    }

    private func recalled(_ request: Request) async throws -> Response {
        let asked = request.uri.queryParameters.map { (name: String($0.key), value: String($0.value)) }
        let query = try Fields(query: asked, Self.questions)
        guard let incarnation = query.text("incarnation").flatMap({ Hash128(hex: $0) }) else {
            throw Problem(.badRequest, "incarnation: expected 32 lower-case hexadecimal digits")
        }
        let wait = Duration.seconds(query.integer("wait") ?? 0)
        let grants = try await withGracefulShutdownHandler {
            try await recalls.grants(of: incarnation, wait: wait)
        } onGracefulShutdown: {
            Task { await recalls.close() }
        }
        guard !grants.isEmpty else {
            return Response(status: .noContent, headers: [.cacheControl: "no-store"])
        }
        let text = grants.map { $0 + "\n" }.joined()
        return Response(
            status: .ok, headers: [.contentType: "text/plain", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}

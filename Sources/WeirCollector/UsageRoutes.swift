import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import WeirCore
import WeirStore

/// `POST /v1/usage`: agents send totals. `GET /v1/usage`: people and programs read sums.
struct UsageRoutes: Sendable {
    /// Rows of the largest answer.
    static let maximumRows = 100_000
    /// The form of a batch.
    static let batchType = "application/vnd.weir.usage"

    let store: UsageStore
    let tokens: AccessTokens
    let maximumBody: Int
    let now: @Sendable () -> Date

    func add(to router: Router<BasicRequestContext>) {
        router.post("/v1/usage") { request, context in try await take(request, context) }
        router.get("/v1/usage") { request, context in try await show(request, context) }
    }

    private func authorise(_ request: Request, _ scope: AccessTokens.Scope) throws(Problem) {
        guard tokens.allow(request.headers[.authorization], scope) else {
            let name = scope == .agent ? "WEIR_COLLECTOR_TOKEN" : "WEIR_ADMIN_TOKEN"
            throw Problem(.unauthorized, "expected Authorization: Bearer and a token of \(name)")
        }
    }

    // MARK: Taking in

    private struct Receipt: ResponseEncodable {
        var cells: Int
        var changed: Int
        var incarnation: String
        /// The last delivery of the agent before this one; left out where the batch is none.
        var known: Int64?
    }

    private func take(_ request: Request, _ context: BasicRequestContext) async throws -> Receipt {
        try authorise(request, .agent)
        guard request.headers[.contentType] == Self.batchType else {
            throw Problem(.unsupportedMediaType, "Content-Type: expected \(Self.batchType)")
        }
        let delivery = try delivery(request)
        let body = try await self.body(request)
        let batch: SegmentReader
        do throws(SegmentError) {
            batch = try body.withBytes { bytes throws(SegmentError) in try SegmentReader(batch: bytes) }
        } catch {
            throw Problem(.badRequest, "the batch: \(error)")
        }
        for (index, cell) in batch.cells.enumerated() where !cell.totals.isBelow(UsageStore.maximumTotal) {
            throw Problem(.badRequest, "cell \(index): expected totals below \(UsageStore.maximumTotal)")
        }
        do throws(StoreError) {
            let receipt = try await store.merge(
                batch.cells, of: batch.header.incarnation, delivery: delivery, at: Int64(now().timeIntervalSince1970))
            return Receipt(
                cells: receipt.cells, changed: receipt.changed, incarnation: batch.header.incarnation.hex,
                known: receipt.known)
        } catch {
            context.logger.error("usage was not stored: \(error)")
            // The agent keeps it and comes again.
            throw Problem(.serviceUnavailable, "the database: \(error)", retryAfter: 5)
        }
    }

    /// The delivery that a batch is, from two headers that come together or not at all.
    private func delivery(_ request: Request) throws(Problem) -> UsageStore.Delivery? {
        guard let agentName = HTTPField.Name("Weir-Agent"), let numberName = HTTPField.Name("Weir-Delivery") else {
            preconditionFailure("names of headers")
        }
        let (agent, number) = (request.headers[agentName], request.headers[numberName])
        if agent == nil, number == nil { return nil }
        guard let agent, Hash128(hex: agent) != nil else {
            throw Problem(.badRequest, "Weir-Agent: expected 32 hexadecimal digits with Weir-Delivery")
        }
        guard let number = number.flatMap({ Int64($0) }), (1..<1 << 62).contains(number) else {
            throw Problem(.badRequest, "Weir-Delivery: expected a whole number from 1 with Weir-Agent")
        }
        return UsageStore.Delivery(agent: agent, number: number)
    }

    private func body(_ request: Request) async throws -> [UInt8] {
        let tooLarge = Problem(.contentTooLarge, "expected a body of at most \(maximumBody) bytes (WEIR_MAX_BODY)")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > maximumBody { throw tooLarge }
        var bytes: [UInt8] = []
        for try await part in request.body {
            guard bytes.count + part.readableBytes <= maximumBody else { throw tooLarge }
            bytes += part.readableBytesView
        }
        return bytes
    }

    // MARK: Reading

    private func show(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        try authorise(request, .admin)
        let parameters = request.uri.queryParameters.map { (String($0.key), String($0.value)) }
        let question = try UsageQuestion(parameters, now: now())
        let rows: [UsageRow]
        do throws(StoreError) {
            rows = try await store.usage(question.query, limit: Self.maximumRows)
        } catch {
            if error.code == .tooMany { throw Problem(.badRequest, "\(error)") }
            context.logger.error("usage was not read: \(error)")
            throw Problem(.serviceUnavailable, "the database: \(error)", retryAfter: 5)
        }
        let wantsCSV = question.format == .csv || request.headers[.accept]?.hasPrefix("text/csv") == true
        let report = UsageReport(question.query, rows)
        let body = try wantsCSV ? Array(report.csv.utf8) : report.json
        return Response(
            status: .ok,
            headers: [
                .contentType: wantsCSV ? "text/csv; charset=utf-8" : "application/json", .cacheControl: "no-store",
            ], body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension Totals {
    fileprivate func isBelow(_ bound: UInt64) -> Bool {
        calls < bound && units < bound && bytesIn < bound && bytesOut < bound
    }
}

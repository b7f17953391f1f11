import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import WeirCore

/// Sends batches to the collector over HTTP.
struct CollectorClient: Sendable {
    /// The form of a batch, which is a journal segment.
    static let contentType = "application/vnd.weir.usage"
    /// Bytes of the longest answer that is read.
    private static let maximumAnswerBytes = 64 * 1_024
    private static let timeout: TimeAmount = .seconds(10)
    /// Of the last try of an agent that stops: what does not arrive is on disk.
    private static let lastTimeout: TimeAmount = .seconds(3)

    let client: HTTPClient
    let url: String
    let access: CollectorAccess

    /// - Parameters:
    ///   - url: the collector's address, without a path.
    ///   - access: what lets the agent in.
    init(client: HTTPClient, url: String, access: CollectorAccess) {
        self.client = client
        self.url = (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/v1/usage"
        self.access = access
    }

    /// Sends a batch as a numbered delivery of an agent: see `DeliveryBook`.
    ///
    /// - Parameter promise: what is said of the batch's incarnation: `UsagePromises`.
    func send(
        _ batch: [UInt8], cells: Int, agent: Hash128, number: UInt64, promise: String?
    ) async -> SendOutcome {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: Self.contentType)
        let token = await access.token()
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        request.headers.add(name: "Weir-Agent", value: agent.hex)
        request.headers.add(name: "Weir-Delivery", value: "\(number)")
        if let promise { request.headers.add(name: "Weir-Watermark", value: promise) }
        request.body = .bytes(ByteBuffer(bytes: batch))
        do {
            let (response, body) = try await answer(to: request)
            if response.status == .unauthorized { await access.refused(token) }
            return Self.outcome(
                response.status.code, String(buffer: body), retryAfter: response.headers.first(name: "Retry-After"),
                cells: cells)
        } catch {
            return .failed("\(error)")
        }
    }

    /// What the collector answers. An agent that is told to stop does not wait for what it asked before that: the batch goes with the last
    /// try once more.
    private func answer(to request: HTTPClientRequest) async throws -> (HTTPClientResponse, ByteBuffer) {
        let isLast = Task.isShuttingDownGracefully
        let ask: @Sendable () async throws -> (HTTPClientResponse, ByteBuffer) = { [client] in
            let response = try await client.execute(request, timeout: isLast ? Self.lastTimeout : Self.timeout)
            return (response, try await response.body.collect(upTo: Self.maximumAnswerBytes))
        }
        return isLast ? try await ask() : try await cancelWhenGracefulShutdown(ask)
    }

    private struct Receipt: Decodable {
        var cells: Int
        var known: UInt64?
    }

    /// What an answer means. A success counts only when it says that every cell was taken: a proxy's page is none.
    static func outcome(_ status: UInt, _ body: String, retryAfter: String?, cells: Int) -> SendOutcome {
        switch status {
        case 200:
            let receipt = try? JSONDecoder().decode(Receipt.self, from: Data(body.utf8))
            return receipt?.cells == cells
                ? .accepted(known: receipt?.known) : .failed("200 without the acknowledgement of \(cells) cells")
        case 400, 422: return .refused(String(body.prefix(200)))
        case 401, 403: return .unauthorised
        case 413: return .tooLarge
        case 429, 503: return .busy(retryAfter: retryAfter.flatMap { Int($0) }.map { .seconds(min(max($0, 0), 3_600)) })
        default: return .failed("status \(status)")
        }
    }
}

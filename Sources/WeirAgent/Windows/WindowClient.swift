import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import WeirCore

/// Takes exchanges of credit windows to the collector: `protocol/windows.md`.
struct WindowClient: Sendable {
    /// Bytes of the longest answer that is read.
    private static let maximumAnswerBytes = 4 << 20
    /// A check that waits is denied long before; a repeat changes nothing.
    private static let timeout: TimeAmount = .seconds(5)

    let client: HTTPClient
    let url: String
    let access: CollectorAccess

    /// - Parameter url: the collector's address, without a path.
    init(client: HTTPClient, url: String, access: CollectorAccess) {
        self.client = client
        self.url = (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/v1/exchange"
        self.access = access
    }

    /// What became of an exchange.
    enum Outcome: Sendable {
        case answered(ExchangeAnswer)
        /// Why not, in words.
        case failed(String)
    }

    func send(_ question: ExchangeQuestion) async -> Outcome {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: WindowExchange.contentType)
        let token = await access.token()
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        request.body = .bytes(ByteBuffer(bytes: question.bytes))
        do {
            let response = try await client.execute(request, timeout: Self.timeout)
            let body = try await response.body.collect(upTo: Self.maximumAnswerBytes)
            if response.status == .unauthorized { await access.refused(token) }
            guard response.status == .ok else {
                return .failed("status \(response.status.code): \(String(String(buffer: body).prefix(200)))")
            }
            return .answered(
                try Array(body.readableBytesView).withBytes { bytes throws(PolicyDocumentError) in
                    try ExchangeAnswer(reading: bytes)
                })
        } catch {
            return .failed("\(error)")
        }
    }
}

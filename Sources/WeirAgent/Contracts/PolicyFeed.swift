import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import WeirCore

/// Asks the collector for the policy document.
struct PolicyFeed: Sendable {
    /// What it says.
    enum Answer: Sendable {
        case document([UInt8])
        case unchanged
        case failed(String)
    }

    /// For how long the collector may wait for a change, in seconds.
    static let waitSeconds: Int64 = 30
    /// What an answer may take beside that: the whole of a million keys is 200 MB.
    private static let patience: TimeAmount = .seconds(90)

    private let client: HTTPClient
    private let url: String
    private let access: CollectorAccess

    init(client: HTTPClient, url: String, access: CollectorAccess) {
        self.client = client
        self.url = (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/v1/policy"
        self.access = access
    }

    /// - Parameters:
    ///   - since: the version that is in force; 0 for the whole.
    ///   - epoch: what its document said of its epoch; empty for nothing.
    ///   - wait: for how long it may wait, in seconds.
    func ask(since: Int64, epoch: String = "", wait: Int64) async -> Answer {
        let addition = since > 0 && !epoch.isEmpty ? "&epoch=\(epoch)" : ""
        var request = HTTPClientRequest(url: "\(url)?since=\(since)&wait=\(wait)\(addition)")
        let token = await access.token()
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        request.headers.add(name: "Accept", value: PolicyDocument.mediaType)
        do {
            let response = try await client.execute(request, timeout: .seconds(wait) + Self.patience)
            if response.status == .unauthorized { await access.refused(token) }
            switch response.status.code {
            case 200: return .document(try await Self.body(response))
            case 204: return .unchanged
            // A collector of before knows of no epochs.
            case 400 where !addition.isEmpty: return await ask(since: 0, wait: wait)
            case 401, 403: return .failed("the collector refuses WEIR_COLLECTOR_TOKEN (\(response.status.code))")
            case 404: return .failed("the collector has no /v1/policy: it is of an earlier version")
            default: return .failed("status \(response.status.code)")
            }
        } catch {
            return .failed("\(error)")
        }
    }

    private struct TooLarge: Error, CustomStringConvertible {
        var description: String { "expected a document of at most \(PolicyDocument.maximumBytes) bytes, found more" }
    }

    private static func body(_ response: HTTPClientResponse) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        if let length = response.headers.first(name: "Content-Length").flatMap({ Int($0) }) {
            guard length <= PolicyDocument.maximumBytes else { throw TooLarge() }
            bytes.reserveCapacity(length)
        }
        for try await part in response.body {
            guard bytes.count + part.readableBytes <= PolicyDocument.maximumBytes else { throw TooLarge() }
            bytes.append(contentsOf: part.readableBytesView)
        }
        return bytes
    }
}

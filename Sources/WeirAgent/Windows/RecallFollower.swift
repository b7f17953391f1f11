import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import WeirCore

/// Hears from the collector for which grants somebody else waits, and lets their windows give back what they do not use: so that the very
/// last call of a package can be sold though it lies with an agent that has no use for it.
struct RecallFollower: Service {
    /// How long one question waits, and how long nobody asks while there is no window, or no collector.
    private static let wait = 20
    private static let rest: Duration = .seconds(1)
    private static let maximumAnswerBytes = 1 << 20

    let client: HTTPClient
    let url: String
    let access: CollectorAccess
    let incarnation: Hash128
    let gate: LimiterGate
    let windows: WindowService

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                guard gate.withLimiter({ $0.windowCount }) > 0, let grants = await ask() else {
                    try? await Task.sleep(for: Self.rest)
                    continue
                }
                guard !grants.isEmpty else { continue }
                windows.recall(grants)
                // What is given back is on its way: asked again at once, the same would be said.
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Grants that somebody waits for; nil where there is no answer.
    private func ask() async -> [RecordID]? {
        let base = url.hasSuffix("/") ? String(url.dropLast()) : url
        var request = HTTPClientRequest(url: "\(base)/v1/recalls?incarnation=\(incarnation.hex)&wait=\(Self.wait)")
        let token = await access.token()
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        do {
            let response = try await client.execute(request, timeout: .seconds(Int64(Self.wait) + 10))
            let body = try await response.body.collect(upTo: Self.maximumAnswerBytes)
            if response.status == .unauthorized { await access.refused(token) }
            switch response.status {
            case .noContent: return []
            case .ok:
                return String(buffer: body).split(separator: "\n").compactMap { RecordID(RecordID.grant, String($0)) }
            default: return nil
            }
        } catch {
            return nil
        }
    }
}

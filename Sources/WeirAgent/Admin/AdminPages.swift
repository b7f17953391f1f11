import FoundationEssentials
import NIOHTTP1
import WeirSettings

/// What the admin endpoint answers, by path.
struct AdminPages: Sendable {
    struct Page: Equatable, Sendable {
        var status: HTTPResponseStatus
        var type: String
        var body: [UInt8]
    }

    let sources: AgentSources
    let metrics: AgentMetrics
    let registry: PrometheusRegistry

    /// The page of a path.
    func page(_ method: HTTPMethod, _ target: String) -> Page {
        guard method == .GET || method == .HEAD else {
            return text(.methodNotAllowed, "expected GET")
        }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        switch parts[0] {
        // It holds for as long as the agent runs.
        case "/livez": return text(.ok, "ok")
        // It decides with or without disk, collector and store, once it has heard what is sold.
        case "/readyz":
            guard let contracts = sources.contracts?.current, contracts.lacksOffers else { return text(.ok, "ok") }
            return text(
                .serviceUnavailable,
                "no policy on disk and none from the collector yet: every request is denied (no-policy)"
                    + (contracts.failure.map { ": \($0)" } ?? ""))
        case "/metrics":
            metrics.publish()
            return Page(status: .ok, type: "text/plain; version=0.0.4; charset=utf-8", body: Array(registry.text.utf8))
        case "/status": return json(StatusReport(sources).json)
        case "/settings": return json(Self.encode(sources.settings.effective))
        case "/explain":
            do throws(Explanation.Problem) {
                return json(try Explanation(parts.count > 1 ? parts[1] : "", sources).json)
            } catch {
                return text(.badRequest, error.text)
            }
        default: return text(.notFound, "expected /livez, /readyz, /metrics, /status, /explain or /settings")
        }
    }

    private func text(_ status: HTTPResponseStatus, _ body: String) -> Page {
        Page(status: status, type: "text/plain; charset=utf-8", body: Array("\(body)\n".utf8))
    }

    private func json(_ body: [UInt8]) -> Page { Page(status: .ok, type: "application/json", body: body) }

    private static func encode(_ settings: [EffectiveSetting]) -> [UInt8] {
        struct Row: Encodable {
            var name: String
            var value: String
            var source: String
        }
        let rows = settings.map { Row(name: $0.name, value: $0.value, source: $0.source.rawValue) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .withoutEscapingSlashes, .sortedKeys]
        return (try? encoder.encode(rows)).map(Array.init) ?? Array("[]".utf8)
    }
}

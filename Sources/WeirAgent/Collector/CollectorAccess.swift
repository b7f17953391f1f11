import AsyncHTTPClient
import FoundationEssentials
import Glibc
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import WeirCore
import WeirJournal

/// What lets this agent in at the collector: a token of its own, scoped to its namespace, which it is given once for
/// `WEIR_COLLECTOR_TOKEN` and keeps in its directory. Until then, and where a collector gives none, that one is used.
actor CollectorAccess {
    private static let fileName = "collector-token"
    private static let timeout: TimeAmount = .seconds(5)
    private static let maximumAnswerBytes = 64 * 1_024
    /// After how long a collector that gave none is asked again.
    private static let rest: Duration = .seconds(60)

    private let client: HTTPClient
    private let url: String
    private let shared: String
    private let namespace: String
    private var agent: Hash128
    private let path: String
    private let logger: Logger
    private var own: String?
    private var asking: Task<String?, Never>?
    private var notBefore = ContinuousClock.now

    /// - Parameters:
    ///   - url: the collector's address, without a path.
    ///   - shared: the token that all agents may have, which enrols them.
    ///   - agent: the agent's name in deliveries.
    ///   - path: the directory that the token is kept in.
    init(
        client: HTTPClient, url: String, shared: String, namespace: String, agent: Hash128, path: String, logger: Logger
    ) {
        self.client = client
        self.url = (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/v1/agents"
        (self.shared, self.namespace, self.agent, self.path, self.logger) = (shared, namespace, agent, path, logger)
        own = (try? Directory(path).read(Self.fileName)).flatMap(Self.token)
    }

    /// The token of the next request.
    func token() async -> String {
        if let own { return own }
        guard ContinuousClock.now >= notBefore, !Task.isShuttingDownGracefully else { return shared }
        // Requests that come meanwhile wait for the same answer.
        let asking = asking ?? Task { await enrol() }
        self.asking = asking
        let given = await asking.value
        self.asking = nil
        if let given, own == nil {
            own = given
            keep(given)
        } else if given == nil {
            notBefore = ContinuousClock.now + Self.rest
        }
        return own ?? shared
    }

    /// The collector does not know a token: one of its own is asked for anew, as from a collector that was set up afresh.
    func refused(_ token: String) {
        guard token == own else { return }
        own = nil
        try? Directory(path).remove(Self.fileName)
        logger.notice("the collector does not know this agent's token any more: it is asked for another")
    }

    /// The agent delivers under another name, as somebody else has its disk: a token of that name is asked for.
    func rename(_ agent: Hash128) {
        (self.agent, own, notBefore) = (agent, nil, ContinuousClock.now)
        try? Directory(path).remove(Self.fileName)
    }

    private struct Enrolled: Decodable {
        var token: String
    }

    /// Asks for a token; nil where there is no answer, or the answer is no.
    private func enrol() async -> String? {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Authorization", value: "Bearer \(shared)")
        request.body = .bytes(ByteBuffer(string: #"{"name":"\#(agent.hex)","namespace":"\#(namespace)"}"#))
        let body = try? await cancelWhenGracefulShutdown { [client, request] in
            let response = try await client.execute(request, timeout: Self.timeout)
            return response.status == .created ? try await response.body.collect(upTo: Self.maximumAnswerBytes) : nil
        }
        guard let body else { return nil }
        return (try? JSONDecoder().decode(Enrolled.self, from: Data(body.readableBytesView)))
            .flatMap { Self.token(Array($0.token.utf8)) }
    }

    /// A token that can stand in a header.
    private static func token(_ bytes: [UInt8]) -> String? {
        let text = String(String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).first ?? "")
        let isPlain = text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
        return (16...255).contains(text.utf8.count) && isPlain ? text : nil
    }

    /// Where it cannot be kept the next run asks for another, and this one's is no more good.
    private func keep(_ token: String) {
        do throws(SystemError) {
            let directory = try Directory(path)
            let draft = ".\(Self.fileName)"
            let file = try directory.open(draft, flags: O_WRONLY | O_CREAT | O_TRUNC)
            try file.write(Array("\(token)\n".utf8), path: directory.path(of: draft))
            try directory.rename(draft, to: Self.fileName)
        } catch {
            logger.warning("the token for the collector is not kept: \(error)")
        }
    }
}

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import WeirSettings

/// The collector's API, as commands ask it.
struct ShopClient {
    private static let timeout: TimeAmount = .seconds(30)
    private static let maximumAnswerBytes = 64 << 20
    /// How often a request is sent that gets no answer; with one idempotency key, so that it is done once.
    private static let attempts = 3

    /// Never shut down: it lives as long as the command. A collector that is not there is not tried again and again.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    private let base: String
    private let token: String

    /// - Throws: what is missing to ask.
    init(_ settings: CommandSettings = .ofProcess()) throws {
        base = settings.collectorBase
        guard let token = settings.collectorToken else {
            throw CommandFailure.noAnswer("expected WEIR_ADMIN_TOKEN: it is in the collector's tokens.env")
        }
        self.token = token
    }

    /// Asks for something.
    func get(_ path: String, _ query: [(String, String?)] = []) async throws -> ShopReply {
        try await send(.GET, path, query, body: nil)
    }

    /// Changes something, once.
    func post(_ path: String, _ body: [String: ShopValue] = [:]) async throws -> ShopReply {
        try await send(.POST, path, [], body: body)
    }

    func delete(_ path: String) async throws -> ShopReply { try await send(.DELETE, path, [], body: nil) }

    /// All pages of a list.
    func all(_ path: String, _ query: [(String, String?)] = [], atMost limit: Int) async throws -> [ShopValue] {
        var rows: [ShopValue] = []
        var cursor: String?
        repeat {
            let size = min(500, limit - rows.count)
            let page = try await get(path, query + [("limit", "\(size)"), ("cursor", cursor)]).value
            if case .list(let more) = page["data"] { rows += more }
            if case .text(let next) = page["next_cursor"] { cursor = next } else { cursor = nil }
        } while cursor != nil && rows.count < limit
        return rows
    }

    private func send(
        _ method: HTTPMethod, _ path: String, _ query: [(String, String?)], body: [String: ShopValue]?
    ) async throws -> ShopReply {
        let parameters = query.compactMap { name, value in value.map { "\(name)=\(Self.escaped($0))" } }
        var request = HTTPClientRequest(
            url: base + path + (parameters.isEmpty ? "" : "?") + parameters.joined(separator: "&"))
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        if method != .GET { request.headers.add(name: "Idempotency-Key", value: UUID().uuidString) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(ShopValue.object(body))))
        }
        var attempt = 1
        while true {
            do {
                let response = try await Self.client.execute(request, timeout: Self.timeout)
                let text = String(buffer: try await response.body.collect(upTo: Self.maximumAnswerBytes))
                if response.status == .serviceUnavailable, attempt < Self.attempts {
                    attempt += 1
                    try await Task.sleep(for: .milliseconds(300))
                    continue
                }
                var reply = try Self.reply(response.status.code, text)
                reply.cursor = response.headers.first(name: "Weir-Cursor").flatMap { Int64($0) }
                reply.hasMore = response.headers.first(name: "Weir-More") == "true"
                return reply
            } catch let error as CommandFailure.Said {
                throw error
            } catch {
                guard attempt < Self.attempts else {
                    throw CommandFailure.noAnswer(
                        "no collector at \(base): start weir-collector, or set WEIR_COLLECTOR_URL")
                }
                attempt += 1
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private static func reply(_ status: UInt, _ text: String) throws -> ShopReply {
        let value = (try? JSONDecoder().decode(ShopValue.self, from: Data(text.utf8))) ?? .null
        if (200..<300).contains(status) { return ShopReply(text: text, value: value) }
        var lines: [String] = []
        if case .list(let errors) = value["errors"] {
            lines = errors.map { "\($0["field"].shown): \($0["detail"].shown)" }
        } else if case .text(let detail) = value["detail"] {
            lines = [detail]
        }
        let said =
            lines.isEmpty ? "the collector answers \(status): \(text.prefix(200))" : lines.joined(separator: "\n")
        // What was asked for cannot be (1); the collector cannot be asked (2).
        switch status {
        case 401, 403, 500...: throw CommandFailure.noAnswer(said)
        default: throw CommandFailure.negative(said)
        }
    }

    /// A part of a path or query, with what means something there escaped.
    static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "-._~".utf8.contains(byte)
            if isPlain { return String(UnicodeScalar(byte)) }
            return (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}

extension CommandSettings {
    /// Where the collector is: as set, else where one is by default.
    var collectorBase: String {
        let url = collectorURL.isEmpty ? "http://127.0.0.1:9188" : collectorURL
        return url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    /// The admin token: as set, else that of a collector whose files are on this machine and may be read.
    var collectorToken: String? {
        if !adminToken.isEmpty { return adminToken }
        guard let data = FileManager.default.contents(atPath: stateDirectory + "/collector/tokens.env") else {
            return nil
        }
        let name = "WEIR_ADMIN_TOKEN="
        return String(decoding: data, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(name) }
            .map { String($0.dropFirst(name.count)) }
    }
}

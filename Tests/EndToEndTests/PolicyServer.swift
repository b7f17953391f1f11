import Foundation
import Synchronization
import WeirCore
import WeirTestSupport

/// What a collector does for `GET /v1/policy`, and nothing else: the long poll, wholes and changes.
final class PolicyServer: Sendable {
    static let token = "agent-token-0123456789"
    static let pepper = "0123456789abcdef0123456789abcdef"

    let port: Int
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var version: Int64 = 0
        var whole: [PolicyRecord] = []
        /// By the version that each leads to.
        var changes: [Int64: [PolicyRecord]] = [:]
        var questions: [String] = []
        var connections: Set<Int32> = []
        var isStopped = false
        /// What is answered instead of a document.
        var instead: [UInt8]?
    }

    init(port: Int = freePort()) throws {
        self.port = port
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isBound = withUnsafePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 && listen(listener, 16) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRINUSE) }
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                if client < 0 { return }
                let isStopped = state.withLock { state in
                    if !state.isStopped { state.connections.insert(client) }
                    return state.isStopped
                }
                if isStopped {
                    close(client)
                    return
                }
                Thread.detachNewThread { self.serve(client) }
            }
        }
    }

    deinit { stop() }

    /// Closes everything, as a collector that is killed.
    func stop() {
        let connections = state.withLock { state in
            if state.isStopped { return Set<Int32>() }
            state.isStopped = true
            return state.connections
        }
        shutdown(listener, Int32(SHUT_RDWR))
        for connection in connections { shutdown(connection, Int32(SHUT_RDWR)) }
    }

    /// Puts records in force, one version on; agents that wait are told.
    func publish(_ records: [PolicyRecord]) {
        state.withLock { state in
            state.version += 1
            state.changes[state.version] = records
            for record in records {
                state.whole.removeAll { Self.name($0) == Self.name(record) }
                if case .gone = record { continue }
                state.whole.append(record)
            }
        }
    }

    /// Answers so, whatever is asked; nil for what is right.
    func answer(instead bytes: [UInt8]?) { state.withLock { $0.instead = bytes } }

    /// The targets of all questions for the policy.
    var questions: [String] { state.withLock { $0.questions } }

    var agentSettings: [String: String] {
        [
            "WEIR_COLLECTOR_URL": "http://127.0.0.1:\(port)", "WEIR_COLLECTOR_TOKEN": Self.token,
            "WEIR_KEY_PEPPER": Self.pepper, "WEIR_LIMITS": "own: 100k/s burst 100k by ip",
        ]
    }

    private static func name(_ record: PolicyRecord) -> String {
        switch record {
        case .product(let record): "product \(record.id)"
        case .route(let record): "route \(record.id)"
        case .plan(let record): "plan \(record.id)"
        case .meter(let record): "meter \(record.id)"
        case .subscription(let record): "subscription \(record.id)"
        case .grant(let record): "grant \(record.id)"
        case .key(let record): "key \(record.id)"
        case .gone(let kind, let id): "\(kind.rawValue) \(id)"
        }
    }

    // MARK: Connections

    private func serve(_ client: Int32) {
        defer {
            state.withLock { _ = $0.connections.remove(client) }
            close(client)
        }
        var waiting: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            while let end = waiting.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: waiting[..<end.lowerBound], as: UTF8.self)
                let length = head.lowercased().components(separatedBy: "content-length: ").dropFirst().first.flatMap {
                    Int($0.prefix { $0.isNumber })
                }
                guard waiting.count >= end.upperBound + (length ?? 0) else { break }
                waiting.removeSubrange(..<(end.upperBound + (length ?? 0)))
                guard send(answer(head), to: client) else { return }
            }
            let count = recv(client, &buffer, buffer.count, 0)
            if count <= 0 { return }
            waiting += buffer[..<count]
        }
    }

    private func send(_ bytes: [UInt8], to client: Int32) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let sent = bytes[offset...].withUnsafeBytes {
                Glibc.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent <= 0 { return false }
            offset += sent
        }
        return true
    }

    private func answer(_ head: String) -> [UInt8] {
        let target = head.split(separator: " ").dropFirst().first.map(String.init) ?? ""
        guard target.hasPrefix("/v1/policy?") else { return Self.response(503, []) }
        guard head.contains("Bearer \(Self.token)") else { return Self.response(401, []) }
        state.withLock { $0.questions.append(target) }
        func number(_ name: String) -> Int64 {
            target.components(separatedBy: "\(name)=").dropFirst().first.flatMap { Int64($0.prefix { $0.isNumber }) }
                ?? 0
        }
        let end = Date().addingTimeInterval(Double(number("wait")))
        while true {
            if let document = document(since: number("since")) { return Self.response(200, document) }
            if Date() > end || state.withLock({ $0.isStopped }) { return Self.response(204, []) }
            usleep(5_000)
        }
    }

    /// What has changed; nil when nothing has.
    private func document(since: Int64) -> [UInt8]? {
        state.withLock { state in
            if let instead = state.instead { return instead }
            if since == state.version || state.version == 0 { return nil }
            let isWhole = since == 0 || since > state.version
            var encoder = PolicyDocumentEncoder(from: isWhole ? 0 : since, to: state.version)
            if isWhole {
                for record in state.whole { encoder.append(record) }
            } else {
                for version in since + 1...state.version {
                    for record in state.changes[version] ?? [] { encoder.append(record) }
                }
            }
            return encoder.finish()
        }
    }

    private static func response(_ status: Int, _ body: [UInt8]) -> [UInt8] {
        Array(
            ("HTTP/1.1 \(status) X\r\n" + (status == 204 ? "" : "Content-Length: \(body.count)\r\n")
                + "Content-Type: \(PolicyDocument.mediaType)\r\n\r\n").utf8) + body
    }
}

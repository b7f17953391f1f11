import CLinux
import Glibc

/// A real collector in a directory of its own, and its API.
final class CollectorServer {
    static let pepper = "a-pepper-of-the-benchmark-0123456789"
    private static let agentToken = "agent-token-of-the-benchmark"
    private static let adminToken = "admin-token-of-the-benchmark"

    private let directory: BenchDirectory
    private let child: ChildProcess
    private let endpoint: Endpoint
    private let port: UInt16
    private var requests = 0

    /// Starts a collector and waits until it answers.
    ///
    /// - Parameter database: as in WEIR_DATABASE; nil for SQLite in its directory.
    init(_ programs: BenchPrograms, database: String?) throws(BenchFailure) {
        try Interruption.check()
        directory = try BenchDirectory()
        port = try Exchange.freePort()
        endpoint = .tcp(address: "127.0.0.1", port: port)
        var environment = programs.environment
        environment["WEIR_STATE_DIR"] = "\(directory.disk)/collector"
        environment["WEIR_LISTEN"] = "127.0.0.1:\(port)"
        environment["WEIR_COLLECTOR_TOKEN"] = Self.agentToken
        environment["WEIR_ADMIN_TOKEN"] = Self.adminToken
        environment["WEIR_KEY_PEPPER"] = Self.pepper
        environment["WEIR_LOG_LEVEL"] = "warning"
        if let database { environment["WEIR_DATABASE"] = database }
        child = try ChildProcess(
            [programs.collector], environment: environment, log: "\(directory.disk)/collector.log", processor: -1,
            home: directory)
        let (running, place) = (child, endpoint)
        try Exchange.untilServed(by: running, "weir-collector") { () throws(BenchFailure) in try place.probe() }
    }

    /// What an agent of this collector is told.
    var agentSettings: [String: String] {
        [
            "WEIR_COLLECTOR_URL": "http://127.0.0.1:\(port)", "WEIR_COLLECTOR_TOKEN": Self.agentToken,
            "WEIR_KEY_PEPPER": Self.pepper, "WEIR_LIMITS": RequestBook.policy, "WEIR_FLUSH": "1s",
        ]
    }

    /// Changes something; the answer's body.
    @discardableResult
    func post(_ path: String, _ json: String) throws(BenchFailure) -> String {
        requests += 1
        return try send(
            "POST", path, Self.adminToken, Array(json.utf8),
            ["Content-Type: application/json", "Idempotency-Key: bench-\(requests)"])
    }

    /// What agents are told of what is sold.
    func policy() throws(BenchFailure) -> String { try send("GET", "/v1/policy?since=0", Self.agentToken, [], []) }

    /// One exchange of credit windows.
    func exchange(_ question: [UInt8], type: String) throws(BenchFailure) -> [UInt8] {
        Array(try send("POST", "/v1/exchange", Self.agentToken, question, ["Content-Type: \(type)"]).utf8)
    }

    private func send(
        _ method: String, _ path: String, _ token: String, _ body: [UInt8], _ fields: [String]
    ) throws(BenchFailure) -> String {
        let head =
            ["\(method) \(path) HTTP/1.1", "Host: bench", "Authorization: Bearer \(token)"] + fields
            + (method == "GET" ? [] : ["Content-Length: \(body.count)"])
        let request = Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
        let answer = try Exchange.once(endpoint, request, seconds: 30) { bytes in
            bytes.withUnsafeBytes { bytes in ((try? Answer(.http, in: bytes)) ?? nil) != nil }
        }
        let text = String(decoding: answer, as: UTF8.self)
        guard let end = text.utf8.firstRange(of: "\r\n\r\n".utf8), text.hasPrefix("HTTP/1.1 2") else {
            throw BenchFailure("\(method) \(path): \(text.isEmpty ? child.lastWords : String(text.suffix(300)))")
        }
        return String(text[end.upperBound...])
    }
}

import Foundation
import Testing
import WeirTestSupport

/// A real collector as a shop: requests as JSON, and a catalogue to begin with.
final class ShopUnderTest {
    static let adminToken = UsageTests.CollectorUnderTest.adminToken
    static let agentToken = UsageTests.CollectorUnderTest.agentToken

    let collector: UsageTests.CollectorUnderTest
    let directory: TemporaryDirectory

    init(
        in directory: TemporaryDirectory? = nil, port: Int = freePort(), _ settings: [String: String] = [:]
    ) throws {
        self.directory = try directory ?? TemporaryDirectory()
        collector = try UsageTests.CollectorUnderTest(in: self.directory, port: port, settings)
    }

    /// An answer with its body understood.
    struct Answer {
        let status: Int
        let body: [String: Any]
        let text: String

        subscript(name: String) -> String { body[name] as? String ?? "" }

        /// A member of an object within.
        func inner(_ names: String...) -> String {
            var value: Any? = body
            for name in names { value = (value as? [String: Any])?[name] }
            return value as? String ?? ""
        }

        var rows: [[String: Any]] { body["data"] as? [[String: Any]] ?? [] }
        var field: String { self["field"] }
        var detail: String { self["detail"] }
    }

    /// Sends a request; what changes something gets a key of its own unless one is given, or none where it is empty.
    @discardableResult
    func send(
        _ method: String, _ path: String, _ body: [String: Any]? = nil, key: String = UUID().uuidString,
        token: String = adminToken
    ) throws -> Answer {
        let bytes = try body.map { try JSONSerialization.data(withJSONObject: $0) }
        return try send(method, path, bytes: bytes.map { Array($0) }, key: key, token: token)
    }

    func send(
        _ method: String, _ path: String, bytes: [UInt8]?, key: String = UUID().uuidString, token: String = adminToken
    )
        throws -> Answer
    {
        let client = try ClientSocket(port: collector.port, seconds: 20)
        var head = "\(method) \(path) HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer \(token)\r\n"
        if method != "GET", !key.isEmpty { head += "Idempotency-Key: \(key)\r\n" }
        if let bytes { head += "Content-Type: application/json\r\nContent-Length: \(bytes.count)\r\n" }
        client.send(head + "\r\n")
        if let bytes { client.send(bytes) }
        let reply = try #require(client.receiveResponse(), "\(method) \(path): no answer: \(collector.program.log)")
        let object = try? JSONSerialization.jsonObject(with: Data(reply.body.utf8)) as? [String: Any]
        return Answer(status: reply.status, body: object ?? [:], text: reply.body)
    }

    static func plan(
        _ code: String = "starter", of products: String = "weather", currency: String = "USD", rules: String = ""
    ) -> String {
        let end = rules.isEmpty ? "" : "rules:\n  \(rules)\n"
        return """
            plan \(code)
            of \(products)
            mode package
            currency \(currency)
            fee 5.00
            expires 90 days
            grant 1000 calls
            when used up: deny
            \(end)
            """
    }

    /// A provider, a product, a route, and a published plan.
    func stock() throws {
        try #require(try send("POST", "/v1/providers", ["slug": "acme", "name": "Acme"]).status == 201)
        try #require(
            try send(
                "POST", "/v1/products", ["provider": "acme", "slug": "weather", "hosts": ["api.example.com"]]
            ).status == 201)
        try #require(
            try send("POST", "/v1/products/weather/routes", ["name": "search", "path": "/v1/search*", "weight": 2])
                .status == 201)
        let plan = try send("POST", "/v1/plans", ["text": Self.plan(), "publish": true])
        try #require(plan.status == 201, "\(plan.text)")
    }

    /// A consumer with a contract and a key.
    func signUp(_ name: String = "Ada", plan: String = "starter") throws -> Answer {
        let answer = try send(
            "POST", "/v1/signups",
            ["name": name, "external_id": name.lowercased(), "plan": plan, "accepted_version": 1, "key_name": "main"])
        try #require(answer.status == 201, "\(answer.text)")
        return answer
    }

    /// A document of the policy: its lines, each split into fields; nil for 204.
    func policy(since: Int64 = 0, wait: Int = 0, token: String = agentToken) throws -> [[String]]? {
        let answer = try send("GET", "/v1/policy?since=\(since)&wait=\(wait)", token: token)
        if answer.status == 204 { return nil }
        try #require(answer.status == 200, "\(answer.text)")
        return answer.text.split(separator: "\n").map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// The version that a document leads to.
    static func version(_ document: [[String]]?) -> Int64 {
        Int64(document?.first.flatMap { $0.count > 3 ? $0[3] : nil } ?? "") ?? -1
    }
}

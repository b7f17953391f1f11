import Foundation
import Testing
import WeirTestSupport

/// What nobody should send: refused with the field's name, nothing half-written, and the collector goes on.
@Suite struct BadInputTests {
    private static let hostile = [
        "'; DROP TABLE consumer; --", "\" OR 1=1 --", "../../etc/passwd", "%00", "${jndi:x}", "<script>", "a\\b", "{}",
        "😀 é \u{202e}", "$1", ":x", "?1", "a|b", "a,b",
    ]

    /// Text for people is kept as it came; names are refused; nothing is ever run.
    @Test func metacharactersAreTextOrRefusedAndNeverMore() throws {
        let shop = try ShopUnderTest()
        try shop.stock()
        for text in Self.hostile {
            let consumer = try shop.send("POST", "/v1/consumers", ["name": text, "external_id": text])
            #expect(consumer.status == 201, "\(text): \(consumer.text)")
            #expect(consumer["name"] == text)
            let escaped = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            #expect(try shop.send("GET", "/v1/consumers/\(escaped)")["id"] == consumer["id"], "\(text)")
            #expect(try shop.send("GET", "/v1/consumers?external_id=\(escaped)").rows.count == 1)
            let key = try shop.send("POST", "/v1/keys", ["consumer": text, "name": text])
            #expect(key["name"] == text)
            for (path, body, field) in [
                ("/v1/providers", ["slug": text], "slug"),
                ("/v1/products", ["provider": text, "slug": "x"], "provider"),
                ("/v1/products", ["provider": "acme", "slug": text], "slug"),
                ("/v1/products", ["provider": "acme", "slug": "x", "hosts": [text]], "hosts"),
                ("/v1/products/weather/routes", ["name": text, "path": "/x"], "name"),
                ("/v1/products/weather/routes", ["name": "x", "path": text], "path"),
                ("/v1/products/weather/routes", ["name": "x", "path": "/x", "methods": [text]], "methods"),
                ("/v1/products/weather/meters", ["code": text, "dimension": "calls"], "code"),
                ("/v1/products/weather/meters", ["code": "x", "dimension": text], "dimension"),
                ("/v1/products/weather/meters", ["code": "x", "dimension": "calls", "filter": text], "filter"),
                ("/v1/consumers", ["name": "x", "currency": text], "currency"),
                ("/v1/consumers", ["name": "x", "zone": text], "zone"),
                ("/v1/consumers", ["name": "x", "credit_limit": text], "credit_limit"),
                ("/v1/tokens", ["scope": text], "scope"), ("/v1/agents", ["name": text], "name"),
                ("/v1/keys", ["consumer": "none", "name": "x"], "consumer"),
            ] as [(String, [String: Any], String)] {
                let answer = try shop.send("POST", path, body)
                #expect([400, 422].contains(answer.status), "\(path) \(body): \(answer.status) \(answer.text)")
                #expect(answer.field == field, "\(path) \(body): \(answer.text)")
            }
            for path in [
                "/v1/products/\(escaped)", "/v1/plans/\(escaped)", "/v1/keys/\(escaped)", "/v1/routes/\(escaped)",
            ] {
                let status = try shop.send(path.contains("routes") ? "DELETE" : "GET", path).status
                #expect([400, 404].contains(status), "\(path)")
            }
        }
        #expect(try shop.send("GET", "/v1/consumers?limit=500").rows.count == Self.hostile.count)
        #expect(try shop.send("GET", "/v1/products").rows.count == 1)
        // Rows and documents keep their lines, whatever is in them.
        #expect(try shop.policy()?.filter { $0[0] == "key" }.count == Self.hostile.count)
    }

    @Test(
        arguments: [
            ("/v1/consumers", ["name": "x", "credit_limit": "-1.00"], "credit_limit"),
            ("/v1/consumers", ["name": "x", "credit_limit": "99999999999999999999"], "credit_limit"),
            ("/v1/consumers", ["name": "x", "credit_limit": "1.0000000001"], "credit_limit"),
            ("/v1/consumers", ["name": "x", "credit_limit": 1.5], "credit_limit"),
            ("/v1/consumers", ["name": "x", "credit_limit": 1], "credit_limit"),
            ("/v1/consumers", ["name": "x", "zone": "Mars/Olympus"], "zone"),
            ("/v1/consumers", ["name": "x", "currency": "usd"], "currency"),
            ("/v1/consumers", ["name": ""], "name"), ("/v1/consumers", ["name": "a\nb"], "name"),
            ("/v1/consumers", ["name": "a\u{0}b"], "name"), ("/v1/consumers", ["name": NSNull()], "name"),
            ("/v1/consumers", ["name": ["x"]], "name"),
            ("/v1/consumers", ["name": "x", "email": "nobody"], "email"),
            ("/v1/consumers", ["nme": "x"], "nme"),
            ("/v1/keys", ["consumer": "x", "expires_at": "tomorrow"], "expires_at"),
            ("/v1/keys", ["consumer": "x", "expires_at": "2026-02-30T00:00:00Z"], "expires_at"),
            ("/v1/keys", ["consumer": "x", "expires_at": "2026-02-01T00:00:00+01:00"], "expires_at"),
            ("/v1/products", ["provider": "acme", "slug": "x", "cost": "-1"], "cost"),
            ("/v1/products", ["provider": "acme", "slug": "x", "cost": "1"], "cost_currency"),
            ("/v1/products", ["provider": "acme", "slug": "x", "cost_per": 0], "cost_per"),
            ("/v1/products", ["provider": "acme", "slug": "x", "hosts": (0..<65).map { "h\($0).example" }], "hosts"),
            ("/v1/products/weather/routes", ["name": "x", "path": "/x", "weight": 0], "weight"),
            ("/v1/products/weather/routes", ["name": "x", "path": "/x", "weight": 1_000_001], "weight"),
            ("/v1/products/weather/routes", ["name": "x", "path": "/x", "weight": -1], "weight"),
        ] as [(String, [String: any Sendable], String)])
    func valuesThatCannotBeAreRefusedByName(_ path: String, _ body: [String: any Sendable], _ field: String) throws {
        let shop = try ShopUnderTest()
        try shop.stock()
        let answer = try shop.send("POST", path, body as [String: Any])
        #expect([400, 422].contains(answer.status), "\(answer.text)")
        #expect(answer.field == field, "\(answer.text)")
        #expect(try shop.send("GET", "/v1/consumers").rows.isEmpty)
    }

    @Test func everyFieldThatIsWrongIsTold() throws {
        let shop = try ShopUnderTest()
        let answer = try shop.send(
            "POST", "/v1/consumers", ["email": "x", "zone": "y", "currency": "z", "credit_limit": "a", "colour": 1])
        let errors = answer.body["errors"] as? [[String: String]] ?? []
        #expect(
            Set(errors.compactMap { $0["field"] }) == ["name", "email", "zone", "currency", "credit_limit", "colour"])
    }

    @Test func bodiesThatAreTooLargeOrNoJSONAreRefusedAndOthersFeelNothing() throws {
        let shop = try ShopUnderTest()
        for body in ["", "{", "[]", "null", "{\"name\":\"x\"} x", #"{"name":"x","name":"y"}"#, "\u{0}"] {
            let answer = try shop.send("POST", "/v1/consumers", bytes: Array(body.utf8))
            #expect(answer.status == 400, "\(body)")
        }
        // 100 MB that are announced, and 100 MB that only come.
        let announced = try ClientSocket(port: shop.collector.port)
        let head =
            "POST /v1/consumers HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer \(ShopUnderTest.adminToken)\r\n"
            + "Idempotency-Key: k\r\nContent-Type: application/json\r\n"
        announced.send(head + "Content-Length: 100000000\r\n\r\n")
        #expect(announced.receiveResponse()?.status == 413)
        let coming = try ClientSocket(port: shop.collector.port)
        coming.send(head + "Transfer-Encoding: chunked\r\n\r\n")
        let chunk = "100000\r\n" + String(repeating: "x", count: 0x100000) + "\r\n"
        for _ in 0..<100 where coming.send(chunk) {}
        #expect(coming.receiveResponse()?.status == 413)
        let type = try ClientSocket(port: shop.collector.port)
        type.send(
            "POST /v1/consumers HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer \(ShopUnderTest.adminToken)\r\n"
                + "Idempotency-Key: k\r\nContent-Length: 2\r\n\r\n{}")
        #expect(type.receiveResponse()?.status == 415)
        #expect(try shop.send("GET", "/v1/consumers").rows.isEmpty)
        #expect(try shop.send("PUT", "/v1/consumers").status == 404)
        #expect(try shop.send("GET", "/v1/nothing").text.contains("see /v1/openapi.json"))
    }
}

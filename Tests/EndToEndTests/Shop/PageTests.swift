import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// The collector's page, as browsers see it, and the form on it.
@Suite struct PageTests {
    private static let free = """
        plan free
        of weather
        mode subscription
        currency USD
        fee 0
        period month from 1 in UTC
        grant 100 calls
        when used up: deny
        rules:
          day: 50/day in UTC
        """

    /// Whatever names and terms there are, no element comes from them: what Python's reader finds.
    private static let check = """
        import sys
        from html.parser import HTMLParser
        class Reader(HTMLParser):
            def __init__(self):
                super().__init__()
                self.open, self.text, self.forms = [], [], 0
            def handle_starttag(self, tag, attributes):
                assert tag not in ("script", "img", "iframe", "object", "svg"), tag
                for name, value in attributes:
                    assert not name.startswith("on") and name != "style", name
                    assert name != "href" or value.split(":")[0] in ("https", "http") or value == "/", value
                self.forms += tag == "form"
                if tag not in ("meta", "input", "br"): self.open.append(tag)
            def handle_endtag(self, tag):
                assert self.open.pop() == tag, tag
            def handle_data(self, data):
                self.text.append(data)
        reader = Reader()
        reader.feed(sys.stdin.read() if len(sys.argv) < 2 else open(sys.argv[1]).read())
        reader.close()
        assert not reader.open, reader.open
        print(reader.forms, " ".join(" ".join(reader.text).split()))
        """

    private func shop(_ settings: [String: String] = [:]) throws -> ShopUnderTest {
        let shop = try ShopUnderTest(settings)
        try shop.stock()
        let name = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>"
        let changed = try shop.send(
            "PATCH", "/v1/products/weather", ["name": name, "docs_url": "https://docs.example/?a=\"><script>"])
        try #require(changed.status == 200, "\(changed.text)")
        for text in [Self.free, "plan pay\nof weather\nmode payg\ncurrency USD\nprice calls per unit 0.50 per 1000\n"] {
            let plan = try shop.send("POST", "/v1/plans", ["text": text, "publish": true])
            try #require(plan.status == 201, "\(plan.text)")
        }
        return shop
    }

    private func get(_ shop: ShopUnderTest, _ path: String = "/") throws -> HTTPReply {
        let client = try ClientSocket(port: shop.collector.port)
        client.send("GET \(path) HTTP/1.1\r\nHost: c\r\n\r\n")
        return try #require(client.receiveResponse())
    }

    private func post(
        _ shop: ShopUnderTest, _ form: [(String, String)],
        _ headers: [String: String] = ["Sec-Fetch-Site": "same-origin"]
    ) throws -> HTTPReply {
        func escaped(_ text: String) -> String {
            text.utf8.map { byte in
                let isPlain =
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                return isPlain ? String(UnicodeScalar(byte)) : String(format: "%%%02X", byte)
            }.joined()
        }
        let body = form.map { "\(escaped($0.0).replacing("%5F", with: "_"))=\(escaped($0.1))" }.joined(separator: "&")
        let client = try ClientSocket(port: shop.collector.port, seconds: 20)
        var head = "POST / HTTP/1.1\r\nHost: c\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        client.send(head + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
        return try #require(client.receiveResponse(), "\(shop.collector.program.log)")
    }

    private func read(_ page: HTTPReply, _ shop: ShopUnderTest) throws -> String {
        let file = try shop.directory.write("page.html", page.body)
        return try ShopCommand.python(Self.check, file, in: shop.directory)
    }

    private static func form(_ name: String, plan: String = "free", once: String = String(repeating: "a", count: 64))
        -> [(String, String)]
    {
        [("plan", plan), ("accepted_version", "1"), ("name", name), ("email", ""), ("once", once)]
    }

    @Test func thePageShowsWhatIsOnSaleAndNothingInItIsMarkup() throws {
        let shop = try shop()
        let page = try get(shop)
        #expect(page.status == 200)
        #expect(page["Content-Type"] == "text/html; charset=utf-8")
        let policy = page["Content-Security-Policy"] ?? ""
        #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
        #expect(!policy.contains("script") && !policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"))
        #expect(page["X-Content-Type-Options"] == "nosniff" && page["Set-Cookie"] == nil)
        let text = try read(page, shop)
        // Nobody may sign up by default.
        #expect(text.hasPrefix("0 "), "\(text)")
        for part in [
            "<script>alert(1)</script>", "5.00 USD, once; good for 90 days", "per unit 0.50 per 1000 (USD)",
            "1000 calls", "calls are denied", "day: 50/day in UTC",
        ] { #expect(text.contains(part), "\(part): \(text)") }
        #expect(try post(shop, Self.form("Ada")).status == 403)
        // The style is the one that the policy names.
        let digest = try ShopCommand.python(
            """
            import base64, hashlib, re, sys
            style = re.search("<style>(.*?)</style>", open(sys.argv[1]).read(), re.S).group(1)
            print(base64.b64encode(hashlib.sha256(style.encode()).digest()).decode())
            """, shop.directory.file("page.html"), in: shop.directory)
        #expect(policy.contains("'sha256-\(digest.trimmingCharacters(in: .newlines))'"))
    }

    @Test func programsGetTheSameAndOnlyWhatIsListedAndSold() throws {
        let shop = try shop()
        _ = try shop.send("POST", "/v1/products", ["provider": "acme", "slug": "secret", "listed": false])
        _ = try shop.send("POST", "/v1/plans", ["text": ShopUnderTest.plan("draft")])
        let reply = try get(shop, "/v1/catalogue")
        let object = try JSONSerialization.jsonObject(with: Data(reply.body.utf8)) as? [String: Any]
        let products = try #require(object?["products"] as? [[String: Any]])
        #expect(products.map { $0["slug"] as? String } == ["weather"])
        let plans = try #require(products.first?["plans"] as? [[String: Any]])
        #expect(plans.compactMap { $0["code"] as? String } == ["free", "pay", "starter"])
        #expect(plans.allSatisfy { $0["sign_up"] as? Bool == false })
    }

    @Test func aStrangerSignsUpAndTheKeyWorks() throws {
        let pepper = "a-pepper-for-tests-0123456789abcdef"
        let shop = try shop(["WEIR_SIGNUP": "free", "WEIR_KEY_PEPPER": pepper])
        // The free plan and the one that a balance pays are open; what costs something to begin with is not.
        #expect(try read(try get(shop), shop).hasPrefix("2 "))
        let page = try post(shop, Self.form("Ada <b>Lovelace</b>"))
        #expect(page.status == 200, "\(page.body)")
        #expect(page["Cache-Control"] == "no-store")
        let text = try read(page, shop)
        let key = try #require(text.split(separator: " ").map(String.init).first { $0.hasPrefix("weir_live_") })
        #expect(KeyText.isWellFormed(key))
        // The same form again is the same consumer.
        #expect(try read(try post(shop, Self.form("Ada <b>Lovelace</b>")), shop).contains(key))
        let consumers = try shop.send("GET", "/v1/consumers").rows
        #expect(consumers.map { $0["name"] as? String } == ["Ada <b>Lovelace</b>"])
        let agent = try AgentUnderTest(shop.collector.agentSettings.merging(["WEIR_KEY_PEPPER": pepper]) { $1 })
        let isAllowed = try eventually(within: 10) {
            try agent.check([("host", "api.example.com"), ("path", "/v1/search"), ("api_key", key)]).reason == .ok
        }
        #expect(isAllowed)
        // Nobody signs up to what costs something.
        let paid = try post(shop, Self.form("Bob", plan: "starter", once: String(repeating: "b", count: 64)))
        let said = try read(paid, shop)
        #expect(paid.status == 422 && said.contains("not open to everybody"), "\(said)")
        withExtendedLifetime(agent) {}
    }

    @Test func whatIsWrongIsSaidBesideItsFieldAndNothingIsMade() throws {
        let shop = try shop(["WEIR_SIGNUP": "free"])
        var form = Self.form("<script>alert(3)</script>")
        form[3].1 = "no address\"><script>"
        let wrong = try post(shop, form)
        #expect(wrong.status == 422)
        let text = try read(wrong, shop)
        #expect(text.contains("expected an address such as ada@example.com"), "\(text)")
        // What was written is in the form again.
        #expect(wrong.body.contains("value=\"&lt;script&gt;alert(3)&lt;/script&gt;\""))
        for name in ["", String(repeating: "x", count: 300), "a\u{0}b"] {
            #expect(try post(shop, Self.form(name)).status == 422)
        }
        var old = Self.form("Ada")
        old[1].1 = "7"
        let stale = try post(shop, old)
        #expect(stale.status == 422 && stale.body.contains("expected 1, the version of plan free"), "\(stale.body)")
        #expect(try post(shop, Self.form("Ada") + [("admin", "1")]).status == 422)
        #expect(try shop.send("GET", "/v1/consumers").rows.isEmpty)
    }

    @Test func formsOfOtherSitesAreRefusedAndSignUpsAreFewAMinute() throws {
        let shop = try shop(["WEIR_SIGNUP": "free"])
        for headers in [
            ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"], ["Origin": "https://evil.example"],
            ["Origin": "null"],
        ] { #expect(try post(shop, Self.form("Ada"), headers).status == 403, "\(headers)") }
        #expect(try post(shop, Self.form("Ada"), ["Origin": "http://c"]).status == 200)
        #expect(try post(shop, Self.form("Ada"), [:]).status == 200)
        var statuses: [Int] = []
        // A minute may end meanwhile.
        for _ in 0..<45 {
            let reply = try post(shop, Self.form("Ada"))
            statuses.append(reply.status)
            if reply.status == 429 { #expect(reply["Retry-After"] != nil) }
        }
        #expect(Set(statuses) == [200, 429], "\(statuses)")
    }
}

import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Tokens are good for what is theirs, and for nothing else.
@Suite struct ScopeTests {
    /// Two providers, each with a product, a plan and a consumer of its own; both consumers hold both plans' products apart.
    private func shop() throws -> ShopUnderTest {
        let shop = try ShopUnderTest()
        try shop.stock()
        _ = try shop.send("POST", "/v1/providers", ["slug": "other", "name": "Other"])
        _ = try shop.send("POST", "/v1/products", ["provider": "other", "slug": "maps", "hosts": ["maps.example.com"]])
        let plan = try shop.send(
            "POST", "/v1/plans", ["text": ShopUnderTest.plan("maps", of: "maps"), "publish": true])
        try #require(plan.status == 201, "\(plan.text)")
        for (name, plan) in [("Ada", "starter"), ("Bob", "maps")] {
            _ = try shop.signUp(name, plan: plan)
            let order = try shop.send(
                "POST", "/v1/purchases", ["consumer": name.lowercased(), "plan": plan, "order_id": "o-1"])
            try #require(order.status == 201, "\(order.text)")
        }
        return shop
    }

    private func token(_ shop: ShopUnderTest, provider: String) throws -> String {
        try shop.send("POST", "/v1/tokens", ["scope": "provider", "provider": provider])["token"]
    }

    @Test func aProviderSeesItsOwnConsumersUsageAndRevenueAndNobodyElses() throws {
        let shop = try shop()
        let acme = try token(shop, provider: "acme")
        func names(_ path: String, _ member: String) throws -> [String] {
            try shop.send("GET", path, token: acme).rows.compactMap { $0[member] as? String }
        }
        #expect(try names("/v1/consumers", "name") == ["Ada"])
        #expect(try names("/v1/subscriptions", "accepted_by") == ["Ada"])
        #expect(try shop.send("GET", "/v1/consumers/ada", token: acme).status == 200)
        #expect(try shop.send("GET", "/v1/consumers/bob", token: acme).status == 403)
        let balance = try shop.send("GET", "/v1/consumers/ada/balance", token: acme)
        #expect((balance.body["grants"] as? [Any])?.count == 1, "\(balance.text)")
        #expect(try shop.send("GET", "/v1/consumers/bob/balance", token: acme).status == 403)
        let bobs = try shop.send("GET", "/v1/subscriptions?consumer=bob").rows.first?["id"] as? String ?? ""
        #expect(try shop.send("GET", "/v1/subscriptions/\(bobs)", token: acme).status == 403)
        #expect(try names("/v1/subscriptions?consumer=bob", "id").isEmpty)
        // Ada buys of the other one, too: that is not this one's business.
        _ = try shop.send(
            "POST", "/v1/purchases",
            ["consumer": "ada", "plan": "maps", "order_id": "o-2", "accepted_version": 1])
        let both = try shop.send("GET", "/v1/consumers/ada/balance").body["grants"] as? [Any]
        #expect(both?.count == 2)
        let still = try shop.send("GET", "/v1/consumers/ada/balance", token: acme).body["grants"] as? [Any]
        #expect(still?.count == 1)
        let now = Int64(Date().timeIntervalSince1970)
        let span = "\(iso(now - 3_600))..\(iso(now + 3_600))"
        let revenue = try shop.send("GET", "/v1/revenue?usage=\(span)", token: acme)
        let rows = revenue.body["products"] as? [[String: Any]] ?? []
        #expect(rows.map { "\($0["product"]!) \($0["revenue"]!)" } == ["weather 5.00"], "\(revenue.text)")
        #expect(try shop.send("GET", "/v1/revenue?provider=other", token: acme).status == 403)
        let all = try shop.send("GET", "/v1/revenue?usage=\(span)").body["products"] as? [[String: Any]] ?? []
        #expect(all.map { "\($0["product"]!) \($0["revenue"]!)" }.sorted() == ["maps 10.00", "weather 5.00"])
    }

    private func iso(_ seconds: Int64) -> String {
        ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: TimeInterval(seconds)))
    }

    @Test func aProviderSeesUsageOfItsProductsOnly() throws {
        let shop = try shop()
        for (number, product) in [(1, "weather"), (2, "maps")] as [(UInt64, String)] {
            let usage = UsageOnPaper(
                contract: "sub_x/1", consumer: "con_x", product: product, incarnation: number)
            #expect(try shop.collector.post(usage.batch([usage.cell(.admitted, calls: 5)])).status == 200)
        }
        let acme = try token(shop, provider: "acme")
        let usage = try shop.send("GET", "/v1/usage?by=product&granularity=total", token: acme)
        #expect(usage.text.contains("weather") && !usage.text.contains("maps"), "\(usage.text)")
        #expect(try shop.send("GET", "/v1/usage?product=maps", token: acme).status == 403)
        #expect(try shop.send("GET", "/v1/usage/billing?product=maps", token: acme).status == 403)
        _ = try shop.send("POST", "/v1/providers", ["slug": "new"])
        let none = try shop.send("GET", "/v1/usage?by=product", token: try token(shop, provider: "new"))
        #expect(none.status == 200 && !none.text.contains("weather"), "\(none.text)")
    }

    @Test func whatATokenIsNotForIsRefused() throws {
        let shop = try shop()
        let acme = try token(shop, provider: "acme")
        let ada = try shop.send("POST", "/v1/tokens", ["scope": "consumer", "consumer": "ada"])["token"]
        for (method, path) in [
            ("GET", "/v1/revenue"), ("GET", "/v1/exports/csv"), ("GET", "/v1/consumers"), ("POST", "/v1/adjustments"),
            ("POST", "/v1/plans/quote"), ("POST", "/v1/exports/csv"),
        ] {
            let body: [String: Any]? = method == "GET" ? nil : [:]
            #expect(try shop.send(method, path, body, token: ada).status == 403, "\(path)")
            #expect(try shop.send(method, path, body, token: "none-of-the-tokens").status == 401, "\(path)")
            #expect(try shop.send(method, path, body, token: ShopUnderTest.agentToken).status == 403, "\(path)")
        }
        for (method, path) in [("GET", "/v1/exports/csv"), ("POST", "/v1/adjustments"), ("POST", "/v1/signups")] {
            #expect(try shop.send(method, path, method == "GET" ? nil : [:], token: acme).status == 403, "\(path)")
        }
        // Another provider's plan is not this one's to try.
        let text = ShopUnderTest.plan("maps", of: "maps")
        #expect(try shop.send("POST", "/v1/plans/quote", ["text": text], token: acme).status == 403)
        #expect(try shop.send("GET", "/v1/usage/billing?consumer=bob", token: ada).status == 403)
    }

    // MARK: Namespaces

    private func enrol(_ shop: ShopUnderTest, _ name: Character, _ namespace: String) throws -> (
        name: String, token: String
    ) {
        let name = String(repeating: name, count: 32)
        let agent = try shop.send(
            "POST", "/v1/agents", ["name": name, "namespace": namespace], token: ShopUnderTest.agentToken)
        return (name, agent["token"])
    }

    @Test func anAgentIsToldOfItsNamespaceAndOfWhatIsEverybodys() throws {
        let shop = try shop()
        let edge = try shop.send(
            "POST", "/v1/products",
            ["provider": "acme", "slug": "edge", "hosts": ["edge.example"], "namespace": "edge"])
        #expect(edge["namespace"] == "edge", "\(edge.text)")
        #expect(try shop.send("PATCH", "/v1/products/edge", ["namespace": "x"]).field == "namespace")
        _ = try shop.send("POST", "/v1/products/edge/routes", ["name": "all", "path": "/*"])
        _ = try shop.send("POST", "/v1/plans", ["text": ShopUnderTest.plan("edgy", of: "edge"), "publish": true])
        let signUp = try shop.signUp("Cy", plan: "edgy")
        _ = try shop.send("POST", "/v1/purchases", ["consumer": "cy", "plan": "edgy", "order_id": "o-1"])
        let (_, edgeToken) = try enrol(shop, "a", "edge")
        let (_, coreToken) = try enrol(shop, "b", "core")
        let all = try #require(try shop.policy())
        #expect(try shop.policy(token: edgeToken)?.dropLast() == all.dropLast())
        let core = try #require(try shop.policy(token: coreToken))
        #expect(core.filter { $0[0] == "product" }.map { $0[2] } == ["weather", "maps"])
        #expect(core.filter { $0[0] == "subscription" }.count == 2 && core.filter { $0[0] == "key" }.count == 2)
        #expect(core.filter { $0[0] == "route" }.map { $0[3] } == ["search"])
        #expect(!core.contains { $0.contains("edgy") } && core.filter { $0[0] == "grant" }.count == 2)
        // A change of what it does not see is told as gone: there is nothing of it.
        let since = ShopUnderTest.version(core)
        _ = try shop.send("POST", "/v1/subscriptions/\(signUp.inner("subscription", "id"))/pause")
        let change = try #require(try shop.policy(since: since, token: coreToken))
        #expect(change.dropFirst().dropLast().allSatisfy { $0[0] == "gone" }, "\(change)")
        let seen = try #require(try shop.policy(since: since, token: edgeToken))
        #expect(seen.contains { $0[0] == "subscription" && $0[6] == "paused" }, "\(seen)")
    }

    @Test func grantsOfAnotherNamespaceAreClosedAndUsageComesUnderItsOwnName() throws {
        let shop = try ShopUnderTest()
        try shop.stock()
        _ = try shop.send("POST", "/v1/products", ["provider": "acme", "slug": "edge", "namespace": "edge"])
        _ = try shop.send("POST", "/v1/plans", ["text": ShopUnderTest.plan("edgy", of: "edge"), "publish": true])
        _ = try shop.signUp("Cy", plan: "edgy")
        let order = try shop.send("POST", "/v1/purchases", ["consumer": "cy", "plan": "edgy", "order_id": "o-1"])
        let grant = (order.body["lines"] as? [[String: Any]])?.first?["grant"] as? String ?? ""
        let (edge, edgeToken) = try enrol(shop, "a", "edge")
        let (_, coreToken) = try enrol(shop, "b", "core")
        func state(_ token: String) throws -> String {
            let body =
                "weir-exchange\t1\t\(String(repeating: "1", count: 32))\t1\t0\t0\nwindow\t\(grant)\t0\t0\t10\t1\t0\t5\n"
            let client = try ClientSocket(port: shop.collector.port)
            client.send(
                "POST /v1/exchange HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer \(token)\r\n"
                    + "Content-Type: application/vnd.weir.exchange\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            let reply = try #require(client.receiveResponse())
            let line = reply.body.split(separator: "\n").last.map(String.init) ?? reply.body
            return line.split(separator: "\t").dropFirst(6).first.map(String.init) ?? reply.body
        }
        #expect(try state(coreToken) == "closed")
        #expect(try state(edgeToken) == "open")
        #expect(try state(ShopUnderTest.agentToken) == "open")
        // Usage under no name, or another one's.
        let usage = UsageOnPaper(contract: "", consumer: "x")
        let batch = usage.batch([usage.cell(.admitted, calls: 1)])
        func post(_ headers: String, _ token: String) throws -> Int {
            let client = try ClientSocket(port: shop.collector.port)
            client.send(
                "POST /v1/usage HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer \(token)\r\n\(headers)"
                    + "Content-Type: application/vnd.weir.usage\r\nContent-Length: \(batch.count)\r\n\r\n")
            client.send(batch)
            return try #require(client.receiveResponse()).status
        }
        func name(_ name: String) -> String { "Weir-Agent: \(name)\r\nWeir-Delivery: 1\r\n" }
        #expect(try post("", edgeToken) == 403)
        #expect(try post(name(String(repeating: "b", count: 32)), edgeToken) == 403)
        #expect(try post(name(edge), edgeToken) == 200)
        #expect(try post("", ShopUnderTest.agentToken) == 200)
    }
}

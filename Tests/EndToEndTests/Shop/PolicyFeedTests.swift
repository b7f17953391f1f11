import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// The policy document as collectors serve it.
@Suite struct PolicyFeedTests {
    @Test func theWholeHoldsWhatIsSoldAndReadsAsADocument() throws {
        let shop = try ShopUnderTest()
        #expect(
            try shop.policy() == [["weir-policy", "1", "0", "1"], ["end", "0", "eb5b4e01"]] || shop.policy() != nil)
        try shop.stock()
        let signUp = try shop.signUp()
        let text = try shop.send("GET", "/v1/policy", token: ShopUnderTest.agentToken).text
        var kinds: [String] = []
        let header = try Array(text.utf8).withBytes { bytes throws(PolicyDocumentError) in
            try PolicyDocumentReader.read(bytes) { record, _ throws(PolicyDocumentError) in
                switch record {
                case .product(let product): kinds.append("product \(product.slug) \(product.hosts)")
                case .route(let route): kinds.append("route \(route.name) \(route.path) \(route.weight)")
                case .plan(let plan): kinds.append("plan \(plan.code) \(plan.version)")
                case .meter(let meter): kinds.append("meter \(meter.code)")
                case .subscription(let contract): kinds.append("subscription \(contract.contract)")
                case .key(let key): kinds.append("key \(key.id.text(RecordID.key))")
                default: kinds.append("other")
                }
            }
        }
        #expect(header.isWhole)
        #expect(
            kinds == [
                "product weather [\"api.example.com\"]", "route search /v1/search* 2", "plan starter 1", "meter calls",
                "subscription \(signUp.inner("subscription", "id"))/1",
                "key \(signUp.inner("subscription", "key", "id"))",
            ])
    }

    @Test func aDeltaHoldsWhatHasChangedSince() throws {
        let shop = try ShopUnderTest()
        try shop.stock()
        let signUp = try shop.signUp()
        let key = signUp.inner("subscription", "key", "id")
        var version = ShopUnderTest.version(try shop.policy())
        #expect(try shop.policy(since: version) == nil)
        _ = try shop.send("POST", "/v1/keys/\(key)/revoke")
        var delta = try #require(try shop.policy(since: version))
        #expect(delta.first == ["weir-policy", "1", "\(version)", "\(version + 1)"])
        #expect(delta.dropFirst().dropLast().map { $0[0...1] } == [["key", key]])
        version = ShopUnderTest.version(delta)
        let route = try shop.send("GET", "/v1/products/weather/routes").rows.first?["id"] as? String ?? ""
        _ = try shop.send("DELETE", "/v1/routes/\(route)")
        delta = try #require(try shop.policy(since: version))
        #expect(delta.dropFirst().dropLast() == [["gone", "route", route]])
        version = ShopUnderTest.version(delta)
        // A consumer that is suspended has all of its contracts held.
        _ = try shop.send("PATCH", "/v1/consumers/ada", ["state": "suspended"])
        delta = try #require(try shop.policy(since: version))
        #expect(delta.dropFirst().dropLast().map { $0[6] } == ["paused"])
        _ = try shop.send("PATCH", "/v1/consumers/ada", ["state": "active"])
        delta = try #require(try shop.policy(since: ShopUnderTest.version(delta)))
        #expect(delta.dropFirst().dropLast().map { $0[6] } == ["active"])
        // What agents are not told of is no change.
        version = ShopUnderTest.version(delta)
        _ = try shop.send("PATCH", "/v1/consumers/ada", ["name": "Ada Lovelace"])
        #expect(try shop.policy(since: version) == nil)
        // A version that was never given: the database is an older one.
        #expect(try shop.policy(since: version + 1_000)?.first?[2] == "0")
        for wrong in ["since=-1", "since=x", "wait=61", "wait=1.5", "sinze=1", "since=1&since=2"] {
            #expect(try shop.send("GET", "/v1/policy?\(wrong)").status == 400, "\(wrong)")
        }
    }

    private func poll(_ shop: ShopUnderTest, since: Int64, wait: Int) throws -> ClientSocket {
        let client = try ClientSocket(port: shop.collector.port, seconds: 30)
        client.send(
            "GET /v1/policy?since=\(since)&wait=\(wait) HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer \(ShopUnderTest.agentToken)\r\n\r\n"
        )
        return client
    }

    @Test func whoWaitsIsWokenAtOnceByAChangeHereAndSoonByOneElsewhere() throws {
        let directory = try TemporaryDirectory()
        let here = try ShopUnderTest(in: directory)
        let elsewhere = try ShopUnderTest(
            in: try TemporaryDirectory(),
            [
                "WEIR_DATABASE": "sqlite:\(directory.file("collector/collector/weir.sqlite"))",
                "WEIR_KEY_PEPPER_FILE": try directory.write("pepper", pepper(of: directory)),
            ])
        try here.stock()
        let version = ShopUnderTest.version(try here.policy())
        var waiting = try (0..<20).map { _ in try poll(here, since: version, wait: 30) }
        let clock = ContinuousClock()
        #expect(waiting[0].receive(within: 0.3) == nil)
        var start = clock.now
        _ = try here.send("POST", "/v1/products/weather/routes", ["name": "a", "path": "/a"])
        for client in waiting { #expect(client.receiveResponse()?.body.contains("\troute\t") == false) }
        let here1 = clock.now - start
        #expect(here1 < .seconds(1), "\(here1)")
        let next = ShopUnderTest.version(try here.policy())
        #expect(next == version + 1)
        waiting = try (0..<20).map { _ in try poll(here, since: next, wait: 30) }
        #expect(waiting[0].receive(within: 0.3) == nil)
        start = clock.now
        _ = try elsewhere.send("POST", "/v1/products/weather/routes", ["name": "b", "path": "/b"])
        for client in waiting { #expect(client.receiveResponse()?.status == 200) }
        let there = clock.now - start
        #expect(there < .seconds(2), "\(there)")
    }

    private func pepper(of directory: TemporaryDirectory) throws -> String {
        let text = try String(contentsOfFile: directory.file("collector/collector/tokens.env"), encoding: .utf8)
        return text.split(separator: "\n").first { $0.hasPrefix("WEIR_KEY_PEPPER=") }.map { String($0.dropFirst(16)) }
            ?? ""
    }

    @Test func waitingEndsInTimeAndWhenTheCollectorStops() throws {
        let shop = try ShopUnderTest()
        let version = ShopUnderTest.version(try shop.policy())
        let start = ContinuousClock.now
        #expect(try poll(shop, since: version, wait: 1).receiveResponse()?.status == 204)
        #expect((Duration.milliseconds(900)...Duration.seconds(5)).contains(ContinuousClock.now - start))
        let waiting = try poll(shop, since: version, wait: 60)
        #expect(waiting.receive(within: 0.2) == nil)
        shop.collector.program.send(SIGTERM)
        #expect(waiting.receiveResponse()?.status == 204)
        #expect(shop.collector.program.wait() == 0)
    }
}

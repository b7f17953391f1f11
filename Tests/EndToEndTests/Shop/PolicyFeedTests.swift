import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// The policy document as collectors serve it.
@Suite struct PolicyFeedTests {
    @Test func theWholeHoldsWhatIsSoldAndReadsAsADocument() throws {
        let shop = try ShopUnderTest()
        #expect(
            try shop.policy()?.first?.prefix(4) == ["weir-policy", "1", "0", "1"])
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
        #expect(delta.first?.prefix(4) == ["weir-policy", "1", "\(version)", "\(version + 1)"])
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

    /// Two collectors over one database.
    private func two(_ onPostgreSQL: Bool) throws -> (ShopUnderTest, ShopUnderTest) {
        let directory = try TemporaryDirectory()
        let database =
            onPostgreSQL ? try PostgresUnderTest.database() : "sqlite:\(directory.file("shared.sqlite"))"
        let settings = ["WEIR_DATABASE": database, "WEIR_KEY_PEPPER": "0123456789abcdef0123456789abcdef"]
        return (try ShopUnderTest(in: directory, settings), try ShopUnderTest(settings))
    }

    @Test(arguments: [false, true])
    func whoWaitsIsWokenAtOnceByAChangeHereAndSoonByOneElsewhere(onPostgreSQL: Bool) throws {
        let (here, elsewhere) = try two(onPostgreSQL)
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

    @Test(arguments: [false, true])
    func aRequestThatIsRepeatedAtAnotherCollectorIsDoneOnce(onPostgreSQL: Bool) throws {
        let (here, elsewhere) = try two(onPostgreSQL)
        try here.stock()
        _ = try here.signUp()
        let first = try here.send("POST", "/v1/keys", ["consumer": "ada"], key: "once")
        #expect(first.status == 201)
        #expect(try elsewhere.send("POST", "/v1/keys", ["consumer": "ada"], key: "once").text == first.text)
        let order: [String: Any] = ["consumer": "ada", "plan": "starter", "order_id": "o-1"]
        let bought = try elsewhere.send("POST", "/v1/purchases", order)
        #expect(bought.status == 201, "\(bought.text)")
        #expect(try here.send("POST", "/v1/purchases", order).text == bought.text)
        #expect(try here.send("GET", "/v1/keys").rows.count == 2)
        let grants = try here.send("GET", "/v1/consumers/ada/balance").body["grants"] as? [[String: Any]]
        #expect(grants?.count == 1)
        // A cursor of one is a place in the other's list.
        let cursor = try here.send("GET", "/v1/keys?limit=1")["next_cursor"]
        #expect(try elsewhere.send("GET", "/v1/keys?limit=1&cursor=\(cursor)").rows.count == 1)
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

    /// A collector that was restored from a backup gives the versions that its agents have to other changes: they notice, and load
    /// everything anew.
    @Test(arguments: SaleScript.Database.allCases)
    func agentsOfACollectorThatWasRestoredFromABackupLoadEverythingAnew(_ kind: SaleScript.Database) throws {
        let pepper = ["WEIR_KEY_PEPPER": "a-pepper-for-tests-0123456789abcdef"]
        let (directory, port) = (try TemporaryDirectory(), freePort())
        let file = directory.file("collector/collector/weir.sqlite")
        let url = kind == .sqlite ? nil : try PostgresUnderTest.database()
        func start(_ url: String?) throws -> ShopUnderTest {
            let database = url.map { ["WEIR_DATABASE": $0] } ?? [:]
            return try ShopUnderTest(in: directory, port: port, pepper.merging(database) { $1 })
        }
        var shop = try start(url)
        try shop.stock()
        let signUp = try shop.signUp()
        let (key, id) = (signUp.inner("subscription", "key", "key"), signUp.inner("subscription", "key", "id"))
        try shop.send("POST", "/v1/purchases", ["consumer": "ada", "plan": "starter", "order_id": "first"])
        let agent = try AgentUnderTest(shop.collector.agentSettings.merging(pepper) { $1 })
        func reason() throws -> Reason {
            try agent.check([("host", "api.example.com"), ("path", "/v1/search"), ("api_key", key)]).reason
        }
        #expect(try eventually { try reason() == .ok })
        shop.collector.program.send(SIGTERM)
        #expect(shop.collector.program.wait(seconds: 40) == 0)
        // The backup: a copy, taken while nobody writes.
        let backup = try url.map { try PostgresUnderTest.copy(of: $0) }
        if url == nil { try FileManager.default.copyItem(atPath: file, toPath: directory.file("backup.sqlite")) }
        shop = try start(url)
        try shop.send("POST", "/v1/keys/\(id)/revoke")
        #expect(try eventually(within: 40) { try reason() == .keyRevoked })
        shop.collector.program.kill()
        if url == nil {
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }
            try FileManager.default.copyItem(atPath: directory.file("backup.sqlite"), toPath: file)
        }
        shop = try start(backup)
        // As many changes as were lost, and more: the agent's version is one that was given.
        for number in 0..<5 { _ = try shop.signUp("Bob \(number)") }
        #expect(try eventually(within: 60) { try reason() == .ok }, "\(agent.program.log)")
        // A collector that merely starts again is asked for what has changed.
        let wholes = try agent.metric("weir_contract_documents_total{kind=\"whole\"}")
        shop.collector.program.kill()
        shop = try start(backup)
        try shop.send("POST", "/v1/keys/\(id)/revoke")
        #expect(try eventually(within: 60) { try reason() == .keyRevoked })
        // The one before may have been on its way still when it was counted.
        let since = try #require(try agent.metric("weir_contract_documents_total{kind=\"whole\"}"))
        #expect(since <= (try #require(wholes)) + 1)
    }
}

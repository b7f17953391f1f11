import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// What is sold and bought, over the API of a real collector.
@Suite struct CatalogueAPITests {
    // MARK: Who may

    @Test func aTokenMayWhatItsScopeSaysAndTouchesOnlyItsOwn() throws {
        let shop = try ShopUnderTest()
        try shop.stock()
        let ada = try shop.signUp("Ada").inner("consumer", "id")
        let bob = try shop.signUp("Bob")
        func token(_ body: [String: Any]) throws -> String { try shop.send("POST", "/v1/tokens", body)["token"] }
        let consumer = try token(["scope": "consumer", "consumer": "ada"])
        _ = try shop.send("POST", "/v1/providers", ["slug": "rival"])
        let rival = try token(["scope": "provider", "provider": "rival"])
        let agent = try token(["scope": "agent"])
        // A consumer sees itself.
        #expect(try shop.send("GET", "/v1/consumers/ada", token: consumer).status == 200)
        #expect(try shop.send("GET", "/v1/consumers/bob", token: consumer).status == 403)
        let keys = try shop.send("GET", "/v1/keys", token: consumer).rows
        #expect(keys.map { $0["consumer"] as? String } == [ada])
        #expect(try shop.send("GET", "/v1/keys?consumer=bob", token: consumer).status == 403)
        let bobsKey = bob.inner("subscription", "key", "id")
        #expect(try shop.send("POST", "/v1/keys/\(bobsKey)/revoke", token: consumer).status == 403)
        #expect(try shop.send("POST", "/v1/keys", ["consumer": "bob"], token: consumer).status == 403)
        #expect(try shop.send("GET", "/v1/usage?consumer=bob", token: consumer).status == 403)
        #expect(try shop.send("GET", "/v1/usage", token: consumer).status == 200)
        #expect(try shop.send("GET", "/v1/audit", token: consumer).status == 403)
        // A provider sells its own.
        #expect(try shop.send("PATCH", "/v1/products/weather", ["listed": false], token: rival).status == 403)
        #expect(
            try shop.send("POST", "/v1/products", ["provider": "acme", "slug": "x"], token: rival).status == 403)
        #expect(
            try shop.send("POST", "/v1/products", ["provider": "rival", "slug": "x"], token: rival).status == 201)
        #expect(
            try shop.send("POST", "/v1/plans", ["text": ShopUnderTest.plan("mine")], token: rival).status == 403)
        #expect(try shop.send("GET", "/v1/plans").rows.count == 1)
        // An agent reads the policy, and nothing else.
        #expect(try shop.policy(token: agent) != nil)
        #expect(try shop.send("GET", "/v1/consumers", token: agent).status == 403)
        // Revoked is unknown; so is what was never given.
        let id = try shop.send("GET", "/v1/tokens").rows.first { $0["scope"] as? String == "agent" }?["id"] as? String
        #expect(try shop.send("POST", "/v1/tokens/\(id ?? "")/revoke").status == 200)
        #expect(try shop.send("GET", "/v1/policy", token: agent).status == 401)
        let refused = try shop.send("GET", "/v1/consumers", token: "weir_token_0")
        #expect(refused.status == 401)
        #expect(refused.detail.contains("scope admin"))
        // A field of another scope would silently not hold.
        #expect(try shop.send("POST", "/v1/tokens", ["scope": "admin", "consumer": "ada"]).field == "consumer")
        #expect(try shop.send("POST", "/v1/tokens", ["scope": "provider"]).field == "provider")
    }

    @Test func anAgentEnrolsOnceAndItsTokenIsForItsOwnDeliveries() throws {
        let shop = try ShopUnderTest()
        let name = "0123456789abcdef0123456789abcdef"
        let first = try shop.send("POST", "/v1/agents", ["name": name], token: ShopUnderTest.agentToken)
        #expect(first.status == 201)
        #expect(first["namespace"] == "weir")
        #expect(try shop.policy(token: first["token"]) != nil)
        // An agent's own token enrols nobody.
        let other = ["name": "ff23456789abcdef0123456789abcdef"]
        #expect(try shop.send("POST", "/v1/agents", other, token: first["token"]).status == 403)
        let again = try shop.send("POST", "/v1/agents", ["name": name], token: ShopUnderTest.agentToken)
        #expect(again["id"] == first["id"])
        #expect(try shop.send("GET", "/v1/policy", token: first["token"]).status == 401)
        func deliver(as agent: String) throws -> Int {
            let client = try ClientSocket(port: shop.collector.port)
            client.send(
                "POST /v1/usage HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer \(again["token"])\r\n"
                    + "Content-Type: application/vnd.weir.usage\r\nWeir-Agent: \(agent)\r\nWeir-Delivery: 1\r\n"
                    + "Content-Length: 0\r\n\r\n")
            return try #require(client.receiveResponse()).status
        }
        // Its own: the empty batch is what is refused. Another's: it is not looked at.
        #expect(try deliver(as: name) == 400)
        #expect(try deliver(as: "ff23456789abcdef0123456789abcdef") == 403)
    }

    // MARK: Once

    @Test func theSameKeyAndRequestGetTheSameAnswerAndDoNothingTwice() throws {
        let directory = try TemporaryDirectory()
        let port = freePort()
        var shop = try ShopUnderTest(in: directory, port: port)
        try shop.stock()
        _ = try shop.signUp()
        let body = ["consumer": "ada", "name": "second"]
        let first = try shop.send("POST", "/v1/keys", body, key: "order-1")
        #expect(first.status == 201)
        #expect(KeyText.isWellFormed(first["key"]))
        #expect(try shop.send("POST", "/v1/keys", body, key: "order-1").text == first.text)
        // The order of members is nobody's business.
        for text in [#"{"consumer":"ada","name":"second"}"#, #"{ "name": "second", "consumer": "ada" }"#] {
            #expect(try shop.send("POST", "/v1/keys", bytes: Array(text.utf8), key: "order-1").text == first.text)
        }
        // Another request, and another path.
        let other = try shop.send("POST", "/v1/keys", ["consumer": "ada", "name": "third"], key: "order-1")
        #expect(other.status == 422)
        #expect(other.field == "Idempotency-Key")
        #expect(try shop.send("POST", "/v1/consumers", ["name": "x"], key: "order-1").status == 422)
        // Killed and started again, it still knows.
        shop.collector.program.kill()
        shop = try ShopUnderTest(in: directory, port: port)
        #expect(try shop.send("POST", "/v1/keys", body, key: "order-1").text == first.text)
        #expect(try shop.send("GET", "/v1/keys?consumer=ada").rows.count == 2)
        // The key is nowhere in the database: neither in its row, nor in the answer that is kept.
        for name in try directory.names(in: "collector/collector") where name.hasPrefix("weir.sqlite") {
            let data = try Data(contentsOf: URL(filePath: directory.file("collector/collector/\(name)")))
            #expect(data.range(of: Data(first["key"].utf8)) == nil, "\(name)")
            #expect(data.range(of: Data(first["key"].dropFirst(14).utf8)) == nil, "\(name)")
        }
        // Where a repeat would do it twice, there has to be a key.
        let keyless = try shop.send("POST", "/v1/keys", body, key: "")
        #expect(keyless.status == 400)
        #expect(keyless.field == "Idempotency-Key")
        #expect(try shop.send("POST", "/v1/providers", ["slug": "acme", "name": "Acme"], key: "").status == 201)
        #expect(try shop.send("GET", "/v1/providers").rows.count == 1)
        #expect(try shop.send("POST", "/v1/keys", body, key: String(repeating: "k", count: 256)).status == 400)
    }

    @Test func requestsAtOnceWithOneKeyMakeOneThing() async throws {
        let shop = try ShopUnderTest()
        try shop.stock()
        _ = try shop.signUp()
        let port = shop.collector.port
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let client = try ClientSocket(port: port)
                    let body = #"{"consumer":"ada","name":"one"}"#
                    client.send(
                        "POST /v1/keys HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer \(ShopUnderTest.adminToken)\r\n"
                            + "Idempotency-Key: the-one\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                            + body)
                    return client.receiveResponse()?.body ?? ""
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(texts.count == 1)
        #expect(try shop.send("GET", "/v1/keys").rows.count == 2)
    }

    // MARK: Pages

    @Test func listsComeInPagesWhoseCursorsAreForThemAlone() throws {
        let shop = try ShopUnderTest()
        for number in 0..<7 { _ = try shop.send("POST", "/v1/providers", ["slug": "p\(number)"]) }
        var slugs: [String] = []
        var cursor = ""
        var pages = 0
        repeat {
            let page = try shop.send("GET", "/v1/providers?limit=3" + (cursor.isEmpty ? "" : "&cursor=\(cursor)"))
            slugs += page.rows.compactMap { $0["slug"] as? String }
            cursor = page["next_cursor"]
            pages += 1
        } while !cursor.isEmpty && pages < 10
        // Those of one millisecond have no order of their own.
        #expect(slugs.sorted() == (0..<7).map { "p\($0)" })
        #expect(pages == 3)
        let real = try shop.send("GET", "/v1/providers?limit=3")["next_cursor"]
        for wrong in ["x", "\(real)0", String(real.dropLast()) + "g", "70.00", "..", "%27;--"] {
            let answer = try shop.send("GET", "/v1/providers?cursor=\(wrong)")
            #expect(answer.status == 400, "\(wrong)")
            #expect(answer.field == "cursor")
        }
        #expect(try shop.send("GET", "/v1/products?cursor=\(real)").status == 400)
        #expect(try shop.send("GET", "/v1/providers?limit=0").field == "limit")
        #expect(try shop.send("GET", "/v1/providers?limt=1").detail.contains("try limit"))
    }

    // MARK: Plans

    @Test func aPublishedPlanIsNeverChangedAndVersionsDoNotOverlap() throws {
        let shop = try ShopUnderTest()
        try shop.stock()
        let same = try shop.send("POST", "/v1/plans", ["text": ShopUnderTest.plan(), "publish": true])
        #expect(same.status == 409)
        #expect(same.detail.contains("version 1 of plan starter says the same"))
        let text = ShopUnderTest.plan(rules: "burst: 10/s burst 20")
        #expect(try shop.send("POST", "/v1/plans", ["text": text, "version": 1]).field == "version")
        #expect(try shop.send("POST", "/v1/plans", ["text": text, "version": 3]).field == "version")
        let draft = try shop.send("POST", "/v1/plans", ["text": text, "version": 2])
        #expect(draft["state"] == "draft")
        // A draft is replaced by the next one, and agents hear nothing of it.
        #expect(try shop.send("POST", "/v1/plans", ["text": text]).body["version"] as? Int == 2)
        #expect(try shop.send("GET", "/v1/plans?code=starter").rows.count == 2)
        #expect(try shop.policy()?.filter { $0[0] == "plan" }.count == 1)
        let later = Date().addingTimeInterval(86_400).formatted(.iso8601)
        let past = try shop.send("POST", "/v1/plans/starter/publish", ["effective_at": "2020-01-01T00:00:00Z"])
        #expect(past.field == "effective_at")
        let published = try shop.send("POST", "/v1/plans/starter/publish", ["effective_at": later])
        #expect(published["effective_at"] == later)
        // What is sold is the first one until then; the second may not be bought yet, nor a third be sold before it.
        #expect(try shop.send("GET", "/v1/plans/starter").body["version"] as? Int == 1)
        let early = try shop.send(
            "POST", "/v1/signups", ["name": "x", "plan": published["id"], "accepted_version": 2])
        #expect(early.status == 409)
        #expect(early.field == "plan")
        let third = ShopUnderTest.plan(rules: "burst: 11/s")
        let overlapping = try shop.send("POST", "/v1/plans", ["text": third, "publish": true])
        #expect(overlapping.status == 409)
        #expect(overlapping.field == "effective_at")
        #expect(overlapping.detail.contains("overlaps version 2"))
        #expect(try shop.send("GET", "/v1/plans?code=starter").rows.count == 2)
        let changed = try shop.send(
            "POST", "/v1/plans/\(published["id"])/publish", ["effective_at": "2099-01-01T00:00:00Z"])
        #expect(changed.status == 409)
    }

    @Test func aPlanThatIsWrongIsRefusedWithEveryPlace() throws {
        let shop = try ShopUnderTest()
        try shop.stock()
        func refusal(_ text: String) throws -> String {
            let answer = try shop.send("POST", "/v1/plans", ["text": text, "publish": true])
            #expect(answer.status == 422, "\(answer.text)")
            #expect(answer.field == "text")
            return answer.detail
        }
        let wrong = try refusal(
            ShopUnderTest.plan(of: "wether").replacingOccurrences(of: "1000 calls", with: "1000 cals"))
        #expect(wrong.contains("2:4: expected a product of the catalogue, found \"wether\"; try weather"))
        #expect(wrong.contains("7:12: expected a meter"))
        #expect(try refusal(ShopUnderTest.plan(rules: "burst: 10/s burts 20")).contains("10:"))
        #expect(try refusal(ShopUnderTest.plan(currency: "USX")).contains("4:"))
        #expect(try refusal(ShopUnderTest.plan().replacingOccurrences(of: "5.00", with: "-5.00")).contains("5:"))
        #expect(
            try refusal(ShopUnderTest.plan().replacingOccurrences(of: "5.00", with: "99999999999999.00")).contains("5:")
        )
        let zone = """
            plan s
            of weather
            mode subscription
            currency USD
            fee 5.00
            period month from 1 in Asia/Shangai
            """
        #expect(try refusal(zone).contains("6:24: expected a time zone"))
        #expect(try refusal("plan '; DROP TABLE plan; --").contains("1:"))
        #expect(try shop.send("GET", "/v1/plans").rows.count == 1)
    }

    @Test func metersThatAPlanNamesAreThoseOfItsProducts() throws {
        let shop = try ShopUnderTest()
        try shop.stock()
        let meter: [String: Any] = ["code": "good", "dimension": "calls", "filter": "status=2xx method=GET"]
        #expect(try shop.send("POST", "/v1/products/weather/meters", meter).status == 201)
        let bad = try shop.send(
            "POST", "/v1/products/weather/meters", ["code": "odd", "dimension": "calls", "filter": "stat=2xx"])
        #expect(bad.status == 422)
        #expect(bad.field == "filter")
        let text = ShopUnderTest.plan("good").replacingOccurrences(of: "1000 calls", with: "1000 good")
        let plan = try shop.send("POST", "/v1/plans", ["text": text, "publish": true])
        let meters = plan.body["meters"] as? [[String: Any]] ?? []
        #expect(meters.map { $0["filter"] as? String } == ["status=2xx method=GET"])
        // A second product has to declare it alike.
        _ = try shop.send("POST", "/v1/products", ["provider": "acme", "slug": "maps"])
        let two = text.replacingOccurrences(of: "plan good", with: "plan two").replacingOccurrences(
            of: "of weather", with: "of weather, maps")
        let differing = try shop.send("POST", "/v1/plans", ["text": two])
        #expect(differing.status == 422, "\(differing.text)")
        #expect(differing.detail.contains("meter good differs between the plan's products"))
    }

    // MARK: Contracts

    @Test func whoSignsUpHasAcceptedTheVersionThatIsSold() throws {
        let shop = try ShopUnderTest()
        try shop.stock()
        let signUp = try shop.signUp()
        #expect(signUp.inner("subscription", "accepted_by") == "Ada")
        #expect(signUp.inner("consumer", "currency") == "USD")
        #expect(KeyText.isWellFormed(signUp.inner("subscription", "key", "key")))
        let next = ShopUnderTest.plan(rules: "burst: 10/s")
        #expect(try shop.send("POST", "/v1/plans", ["text": next, "publish": true]).status == 201)
        let stale = try shop.send(
            "POST", "/v1/subscriptions",
            ["consumer": "ada", "plan": "starter", "accepted_version": 1, "accepted_by": "Ada"])
        #expect(stale.status == 409)
        #expect(stale.field == "accepted_version")
        #expect(stale.detail.contains("expected 2"))
        let yuan = ShopUnderTest.plan("yuan", currency: "CNY")
        #expect(try shop.send("POST", "/v1/plans", ["text": yuan, "publish": true]).status == 201)
        let mixed = try shop.send(
            "POST", "/v1/subscriptions",
            ["consumer": "ada", "plan": "yuan", "accepted_version": 1, "accepted_by": "Ada"])
        #expect(mixed.status == 409)
        #expect(mixed.detail.contains("expected a plan in USD, the consumer's currency, found one in CNY"))
        #expect(try shop.send("PATCH", "/v1/consumers/ada", ["currency": "CNY"]).field == "currency")
        let backwards = try shop.send(
            "POST", "/v1/subscriptions",
            [
                "consumer": "ada", "plan": "starter", "accepted_version": 2, "accepted_by": "Ada",
                "starts_at": "2099-01-02T00:00:00Z", "ends_at": "2099-01-01T00:00:00Z",
            ])
        #expect(backwards.field == "ends_at")
        // Nothing is left of a sign-up that was refused half-way.
        let half = try shop.send("POST", "/v1/signups", ["name": "Half", "plan": "nothing", "accepted_version": 1])
        #expect(half.status == 422)
        #expect(half.field == "plan")
        #expect(try shop.send("GET", "/v1/consumers").rows.count == 1)
        #expect(try shop.send("GET", "/v1/subscriptions").rows.count == 1)
        let ended = try shop.send("POST", "/v1/subscriptions/\(signUp.inner("subscription", "id"))/end")
        #expect(ended["state"] == "ended")
        let resumed = try shop.send("POST", "/v1/subscriptions/\(signUp.inner("subscription", "id"))/resume")
        #expect(resumed.status == 409)
    }

    // MARK: Keys

    @Test func aKeyIsRotatedWithAnOverlapExpiresAndIsRevoked() throws {
        let shop = try ShopUnderTest()
        try shop.stock()
        let signUp = try shop.signUp()
        let old = signUp.inner("subscription", "key", "id")
        let new = try shop.send("POST", "/v1/keys/\(old)/rotate", ["overlap_seconds": 3_600])
        #expect(new.status == 201)
        #expect(new["replaces"] == old)
        #expect(new["subscription"] == signUp.inner("subscription", "id"))
        #expect(new["name"] == "main")
        let ending = try Date(try shop.send("GET", "/v1/keys/\(old)")["expires_at"], strategy: .iso8601)
        #expect((3_590...3_601).contains(ending.timeIntervalSinceNow))
        #expect(try shop.send("GET", "/v1/keys/\(new["id"])").body["key"] == nil)
        let revoked = try shop.send("POST", "/v1/keys/\(old)/revoke")
        #expect(revoked["state"] == "revoked")
        #expect(try shop.send("POST", "/v1/keys/\(old)/revoke").text == revoked.text)
        #expect(try shop.send("POST", "/v1/keys/\(old)/rotate").status == 409)
        let past = try shop.send("POST", "/v1/keys", ["consumer": "ada", "expires_at": "2020-01-01T00:00:00Z"])
        #expect(past.field == "expires_at")
        _ = try shop.signUp("Bob")
        let foreign = try shop.send(
            "POST", "/v1/keys", ["consumer": "bob", "subscription": signUp.inner("subscription", "id")])
        #expect(foreign.field == "subscription")
        let digests = try shop.policy()?.filter { $0[0] == "key" } ?? []
        #expect(digests.filter { $0[5] == "revoked" }.map { $0[1] } == [old])
        let events = try shop.send("GET", "/v1/events?consumer=ada").rows.compactMap { $0["kind"] as? String }
        #expect(
            events == [
                "consumer.signed_up", "subscription.started", "key.created", "key.created", "key.rotated",
                "key.revoked",
            ])
        let audit = try shop.send("GET", "/v1/audit?subject=\(old)").rows
        #expect(audit.map { $0["action"] as? String } == ["key.revoke"])
        let before = audit.first?["before"] as? [String: Any]
        #expect(before?["state"] as? String == "active")
        #expect(!(try shop.send("GET", "/v1/audit").text.contains(new["key"])))
    }

    @Test func aTokenFileWithoutPepperKeepsItsTokensAndGetsOne() throws {
        let directory = try TemporaryDirectory()
        try FileManager.default.createDirectory(
            atPath: directory.file("state/collector"), withIntermediateDirectories: true)
        let tokens = "WEIR_COLLECTOR_TOKEN=agent-token-0123456789\nWEIR_ADMIN_TOKEN=admin-token-0123456789\n"
        let file = try directory.write("state/collector/tokens.env", tokens)
        chmod(file, 0o600)
        let environment = ["WEIR_LISTEN": "127.0.0.1:\(freePort())", "WEIR_STATE_DIR": directory.file("state")]
        var texts: [String] = []
        for _ in 0..<2 {
            let collector = try RunningProgram(Programs.collector, environment: environment, in: directory)
            #expect(eventually { collector.log.contains("An agent sends here") }, "\(collector.log)")
            collector.send(SIGTERM)
            #expect(collector.wait() == 0)
            texts.append(try String(contentsOfFile: file, encoding: .utf8))
        }
        #expect(texts[0].hasPrefix(tokens))
        #expect(texts[0].dropFirst(tokens.count).hasPrefix("WEIR_KEY_PEPPER="))
        #expect(texts[1] == texts[0])
        var info = stat()
        #expect(stat(file, &info) == 0 && info.st_mode & 0o777 == 0o600)
    }

    @Test func aPepperThatIsNotTheOneOfTheKeysIsRefused() throws {
        let directory = try TemporaryDirectory()
        let port = freePort()
        let pepper = ["WEIR_KEY_PEPPER": "0123456789abcdef0123456789abcdef"]
        let other = ["WEIR_KEY_PEPPER": "another-pepper-0123456789abcdef-x"]
        var shop = try ShopUnderTest(in: directory, port: port, other)
        shop.collector.program.kill()
        // While there are no keys it may change.
        shop = try ShopUnderTest(in: directory, port: port, pepper)
        try shop.stock()
        _ = try shop.signUp()
        shop.collector.program.kill()
        let wrong = try RunningProgram(
            Programs.collector,
            environment: other.merging([
                "WEIR_STATE_DIR": directory.file("collector"), "WEIR_LISTEN": "127.0.0.1:\(port)",
            ]) { $1 }, in: directory)
        #expect(wrong.wait() == 69)
        #expect(wrong.log.contains("WEIR_KEY_PEPPER is not the one that this database's keys were made with"))
    }

    // MARK: What happened

    @Test func usageTellsHowFarAConsumerHasComeAndWhenAKeyWasUsed() throws {
        let shop = try ShopUnderTest()
        try shop.stock()
        let signUp = try shop.signUp()
        let hour = UInt32(Date().timeIntervalSince1970 / 3_600) - 5
        func cell(_ outcome: Outcome, hour: UInt32, calls: UInt64) -> Cell {
            var dimensions = Dimensions()
            dimensions.consumer = signUp.inner("consumer", "id")
            dimensions.contract = signUp.inner("subscription", "id") + "/1"
            dimensions.key = signUp.inner("subscription", "key", "id")
            return Cell(
                key: Hash128(deriving: "\(outcome.rawValue)"), dimensions: dimensions, hour: hour, outcome: outcome,
                totals: Totals(calls: calls))
        }
        func deliver(_ cells: [Cell]) throws {
            let header = SegmentHeader(
                kind: .final, incarnation: Hash128(low: 1, high: 9), number: 1, created: 0, salt: 7)
            let batch = RecordEncoder.segment(
                header, cells, stamp: RecordStamp(number: 1, wallMicroseconds: 0, monotonicMicroseconds: 0))
            #expect(try shop.collector.post(batch).status == 200)
        }
        func funnel() throws -> [String: String?] {
            let consumer = try shop.send("GET", "/v1/consumers/ada")
            return (consumer.body["funnel"] as? [String: Any] ?? [:]).mapValues { $0 as? String }
        }
        try deliver([cell(.status(503), hour: hour, calls: 1)])
        #expect(try funnel()["first_2xx_at"] == .some(nil))
        try deliver([cell(.status(200), hour: hour + 2, calls: 1), cell(.admitted, hour: hour + 3, calls: 2)])
        let text = Date(timeIntervalSince1970: TimeInterval(hour + 2) * 3_600).formatted(.iso8601)
        let end = Date(timeIntervalSince1970: TimeInterval(hour + 4) * 3_600).formatted(.iso8601)
        #expect(try funnel()["first_2xx_at"] == text)
        #expect(try funnel()["last_call_at"] == end)
        // What comes late moves nothing back.
        try deliver([cell(.status(200), hour: hour + 1, calls: 1)])
        #expect(try funnel()["last_call_at"] == end)
        let key = try shop.send("GET", "/v1/keys/\(signUp.inner("subscription", "key", "id"))")
        #expect(key["last_used_at"] == end)
    }
}

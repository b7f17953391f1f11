import Foundation
import Testing
import WeirTestSupport

/// The API's document, held against a collector that answers.
@Suite struct OpenAPITests {
    /// Asked in other tests: what takes no JSON.
    private static let elsewhere = ["sendUsage", "exchange", "recalls", "signUpForm"]

    private struct Operation {
        let method: String
        let path: String
        let value: [String: Any]

        var name: String { value["operationId"] as? String ?? "" }
    }

    private func operations(_ document: [String: Any]) -> [Operation] {
        let paths = document["paths"] as? [String: [String: [String: Any]]] ?? [:]
        return paths.flatMap { path, operations in
            operations.map { Operation(method: $0.key.uppercased(), path: path, value: $0.value) }
        }
    }

    /// Each operation is asked once, and what it answers is what the document says of it.
    @Test func everyOperationAnswersAsTheDocumentSays() throws {
        let shop = try ShopUnderTest()
        try shop.stock()
        let signUp = try shop.signUp()
        let consumer = signUp.inner("consumer", "id")
        let contract = signUp.inner("subscription", "id")
        let key = signUp.inner("subscription", "key", "id")
        let spare = try shop.send(
            "POST", "/v1/subscriptions",
            ["consumer": "ada", "plan": "starter", "accepted_version": 1, "accepted_by": "Ada"])["id"]
        let spareKey = try shop.send("POST", "/v1/keys", ["consumer": "ada"])["id"]
        let route = try shop.send("GET", "/v1/products/weather/routes").rows.first?["id"] as? String ?? ""
        let token = try shop.send("POST", "/v1/tokens", ["scope": "agent"])["id"]
        let payg = "plan payg\nof weather\nmode payg\ncurrency USD\nprice calls per unit 0.50 per 1000\n"
        _ = try shop.send("POST", "/v1/plans", ["text": payg, "publish": true])
        _ = try shop.send(
            "POST", "/v1/subscriptions",
            ["consumer": "ada", "plan": "payg", "accepted_version": 1, "accepted_by": "Ada"])
        for (code, period) in [("monthly", "month"), ("yearly", "year")] {
            let text =
                "plan \(code)\nof weather\nmode subscription\ncurrency USD\nfee 5.00\nperiod \(period)\noverdue grace 30 days\n"
            _ = try shop.send("POST", "/v1/plans", ["text": text, "publish": true])
        }
        let monthly = try shop.send(
            "POST", "/v1/subscriptions",
            ["consumer": "ada", "plan": "monthly", "accepted_version": 1, "accepted_by": "Ada"])["id"]
        let bought = try shop.send(
            "POST", "/v1/purchases", ["consumer": "ada", "plan": "starter", "order_id": "o-1"])
        let order = bought["id"]
        let grant = (bought.body["lines"] as? [[String: Any]])?.first?["grant"] as? String ?? ""
        let draft = try shop.send("POST", "/v1/plans", ["text": ShopUnderTest.plan("other")])["id"]
        let bodies: [String: (path: String, body: [String: Any]?)] = [
            "addProvider": ("/v1/providers", ["slug": "other"]),
            "addProduct": ("/v1/products", ["provider": "acme", "slug": "maps"]),
            "changeProduct": ("/v1/products/weather", ["listed": false]),
            "addRoute": ("/v1/products/weather/routes", ["name": "map", "path": "/map/*"]),
            "removeRoute": ("/v1/routes/\(route)", nil),
            "addMeter": (
                "/v1/products/weather/meters", ["code": "good", "dimension": "calls", "filter": "status=2xx"]
            ),
            "addPlan": ("/v1/plans", ["text": ShopUnderTest.plan("third"), "publish": true]),
            "publishPlan": ("/v1/plans/\(draft)/publish", [:]),
            "addConsumer": ("/v1/consumers", ["name": "Bob", "credit_limit": "10.00", "currency": "USD"]),
            "changeConsumer": ("/v1/consumers/\(consumer)", ["email": "ada@example.com"]),
            "signUp": ("/v1/signups", ["name": "Cy", "plan": "starter", "accepted_version": 1, "key_name": ""]),
            "subscribe": (
                "/v1/subscriptions",
                ["consumer": consumer, "plan": "starter", "accepted_version": 1, "accepted_by": "Ada"]
            ),
            "pauseSubscription": ("/v1/subscriptions/\(contract)/pause", [:]),
            "resumeSubscription": ("/v1/subscriptions/\(contract)/resume", [:]),
            "changeSubscription": (
                "/v1/subscriptions/\(monthly)/change", ["plan": "yearly", "accepted_version": 1, "when": "now"]
            ),
            "cancelSubscription": ("/v1/subscriptions/\(monthly)/cancel", ["when": "period_end"]),
            "keepSubscription": ("/v1/subscriptions/\(monthly)/keep", [:]),
            "pay": (
                "/v1/payments",
                ["consumer": consumer, "amount": "0.01", "currency": "USD", "order_id": "o-4", "reason": "inv_1"]
            ),
            "endSubscription": ("/v1/subscriptions/\(spare)/end", [:]),
            "createKey": ("/v1/keys", ["consumer": consumer, "use": "test"]),
            "rotateKey": ("/v1/keys/\(spareKey)/rotate", ["overlap_seconds": 60]),
            "revokeKey": ("/v1/keys/\(key)/revoke", [:]),
            "createToken": ("/v1/tokens", ["scope": "consumer", "consumer": consumer]),
            "revokeToken": ("/v1/tokens/\(token)/revoke", [:]),
            "buy": ("/v1/purchases", ["consumer": consumer, "plan": "starter", "order_id": "o-2"]),
            "topUp": (
                "/v1/topups", ["consumer": consumer, "amount": "5.00", "currency": "USD", "order_id": "o-3"]
            ),
            "adjust": (
                "/v1/adjustments",
                ["consumer": consumer, "grant": grant, "amount": "5", "reason": "why", "order_id": "o-5"]
            ), "quotePlan": ("/v1/plans/quote", ["text": ShopUnderTest.plan("third")]),
            "confirmExport": ("/v1/exports/csv", ["cursor": 0]),
            "enrolAgent": ("/v1/agents", ["name": "0123456789abcdef0123456789abcdef"]),
        ]
        let shown = [
            "{provider}": "acme", "{product}": "weather", "{plan}": "starter", "{consumer}": consumer,
            "{subscription}": contract, "{key}": key, "{order}": order, "{invoice}": try invoice(contract, shop),
            "{line}": "1", "{format}": "csv",
        ]
        let document = try shop.send("GET", "/v1/openapi.json").body
        #expect(document["openapi"] as? String == "3.1.0")
        let operations = operations(document).sorted { left, right in
            // Removing and ending come last.
            (left.method == "GET" ? 0 : 1, left.name) < (right.method == "GET" ? 0 : 1, right.name)
        }
        var asked: Set<String> = []
        for operation in operations where !Self.elsewhere.contains(operation.name) {
            asked.insert(operation.name)
            var path = operation.path
            for (name, value) in shown { path = path.replacingOccurrences(of: name, with: value) }
            if operation.method != "GET" {
                path = try #require(bodies[operation.name]?.path, "\(operation.name) is not asked here")
            }
            let body = bodies[operation.name]?.body
            let answer = try shop.send(operation.method, path, body)
            let responses = operation.value["responses"] as? [String: [String: Any]] ?? [:]
            let response = try #require(
                responses["\(answer.status)"], "\(operation.name): \(answer.status) \(answer.text)")
            let content = response["content"] as? [String: [String: Any]] ?? [:]
            if let schema = content["application/json"]?["schema"] as? [String: Any] {
                let flaw = SchemaCheck.flaw(of: answer.body, schema)
                #expect(flaw == nil, "\(operation.name): \(flaw ?? "")")
            }
        }
        #expect(asked.count == operations.count - Self.elsewhere.count)
        #expect(Set(bodies.keys).isSubset(of: asked))
        // An operation that asks for a token gets none: 401, as a problem.
        for operation in operations where operation.value["security"] as? [Any] == nil || operation.name == "listKeys" {
            let path = shown.reduce(operation.path) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
            let answer = try shop.send(operation.method, path, token: "none-of-the-tokens")
            #expect(answer.status == 401, "\(operation.name)")
        }
        let schemas = document["components"] as? [String: Any]
        let problem = (schemas?["schemas"] as? [String: Any])?["Problem"] as? [String: Any] ?? [:]
        #expect(SchemaCheck.flaw(of: try shop.send("GET", "/v1/keys/nothing").body, problem) == nil)
        #expect(SchemaCheck.flaw(of: try shop.send("POST", "/v1/keys", ["x": 1]).body, problem) == nil)
    }

    /// An invoice of a contract, whose fee was written by hand.
    private func invoice(_ contract: String, _ shop: ShopUnderTest) throws -> String {
        let sql = """
            .timeout 20000
            BEGIN IMMEDIATE;
            INSERT OR IGNORE INTO contract (id, subscription_id, number, plan_id, starts_at, whole_start, is_trial)
            SELECT id || '/1', id, 1, plan_id, starts_at, starts_at, 0 FROM subscription WHERE id = '\(contract)';
            INSERT INTO contract_charge (id, contract_id, kind, nano, remainder, denominator, service_start, service_end, order_id,
                made_at)
            SELECT 'chg_test', id, 'fee', 5000000000, 0, 1, starts_at, starts_at + 1, 'ord_test', starts_at FROM contract
            WHERE id = '\(contract)/1';
            COMMIT;
            """
        let file = try shop.directory.write("charge.sql", sql)
        let path = shop.directory.file("collector/collector/weir.sqlite")
        let sqlite = try RunningProgram(
            "/bin/sh", ["-c", "sqlite3 -bail '\(path)' < '\(file)'"], environment: ["PATH": "/usr/bin:/bin"],
            in: shop.directory)
        try #require(sqlite.wait() == 0, "\(sqlite.log)")
        var number: String?
        _ = try eventually(within: 30) {
            number =
                try shop.send("GET", "/v1/invoices").rows.first { $0["subject"] as? String == "ord_test" }?["number"]
                as? String
            return number != nil
        }
        return try #require(number)
    }

    @Test func aSchemaThatIsBrokenIsSeen() {
        let schema: [String: Any] = [
            "type": "object", "required": ["a"], "additionalProperties": false,
            "properties": [
                "a": ["type": "string", "pattern": "^x"], "b": ["anyOf": [["type": "integer"], ["type": "null"]]],
            ],
        ]
        #expect(SchemaCheck.flaw(of: ["a": "xy", "b": 1], schema) == nil)
        #expect(SchemaCheck.flaw(of: ["a": "xy", "b": NSNull()], schema) == nil)
        for wrong in [["b": 1], ["a": "y"], ["a": 1], ["a": "x", "c": 1], ["a": "x", "b": "1"]] as [[String: Any]] {
            #expect(SchemaCheck.flaw(of: wrong, schema) != nil, "\(wrong)")
        }
    }
}

import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// The shop by its commands: `weir plan publish`, `weir consumer add`, `weir key create`, and what agents are told then.
@Suite struct CommandShopTests {
    private struct Run {
        let code: Int32?
        let output: String

        var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(output.utf8))) as? [String: Any] ?? [:]
        }
        subscript(name: String) -> String { json[name] as? String ?? "" }
    }

    private func weir(_ shop: ShopUnderTest, _ arguments: String..., token: String = ShopUnderTest.adminToken) throws
        -> Run
    {
        let program = try RunningProgram(
            Programs.weir, arguments,
            environment: [
                "WEIR_COLLECTOR_URL": "http://127.0.0.1:\(shop.collector.port)", "WEIR_ADMIN_TOKEN": token,
            ], in: shop.directory)
        let code = program.wait(seconds: 30)
        return Run(code: code, output: program.log)
    }

    @Test func aPlanIsPublishedAConsumerSignsUpAndAgentsAreToldOfItsKey() throws {
        let shop = try ShopUnderTest()
        #expect(try weir(shop, "provider", "add", "acme", "--name", "Acme Weather").code == 0)
        #expect(
            try weir(
                shop, "product", "add", "weather", "--provider", "acme", "--host", "api.example.com", "--cost", "0.001",
                "--cost-currency", "USD"
            ).code == 0)
        #expect(try weir(shop, "route", "add", "search", "--product", "weather", "--path", "/v1/search*").code == 0)
        #expect(
            try weir(
                shop, "meter", "add", "good", "--product", "weather", "--dimension", "calls", "--filter", "status=2xx"
            ).code == 0)
        let file = try shop.directory.write("starter.plan", ShopUnderTest.plan())
        let plan = try weir(shop, "plan", "publish", file)
        #expect(plan.code == 0, "\(plan.output)")
        #expect(plan.output.contains("published"))
        let consumer = try weir(shop, "consumer", "add", "Ada Lovelace", "--external-id", "42", "--json")
        #expect(consumer["external_id"] == "42")
        let contract = try weir(shop, "subscribe", "42", "starter", "--json")
        #expect(contract["accepted_by"] == "Ada Lovelace")
        let key = try weir(shop, "key", "create", "--consumer", "42", "--name", "phone", "--json")
        #expect(KeyText.isWellFormed(key["key"]))
        let told = try shop.policy()?.first { $0[0] == "key" }
        #expect(told?[1] == key["id"])
        #expect(told?[5] == "active")
        // People see tables; the key once, and never again.
        let keys = try weir(shop, "key", "list")
        #expect(keys.output.contains(key["id"]) && keys.output.contains("phone"))
        #expect(!keys.output.contains(key["key"]))
        let shown = try weir(shop, "key", "create", "--consumer", "42")
        #expect(KeyText.isWellFormed(shown.output.split(separator: "\n").first.map(String.init) ?? ""))
        let rotated = try weir(shop, "key", "rotate", key["id"], "--overlap", "60", "--json")
        #expect(rotated["replaces"] == key["id"])
        #expect(try weir(shop, "key", "revoke", key["id"]).output.contains("revoked"))
        #expect(try weir(shop, "plan", "list").output.contains("starter"))
        #expect(try weir(shop, "plan", "show", "starter").output.contains("grant 1000 calls"))
        #expect(try weir(shop, "consumer", "show", "42").output.contains("first key at"))
        let token = try weir(shop, "token", "create", "--scope", "consumer", "--consumer", "42", "--json")
        #expect(try weir(shop, "key", "list", "--json", token: token["token"]).output.contains(rotated["id"]))
    }

    @Test func whatIsWrongIsToldWithItsPlaceAndEndsWithACode() throws {
        let shop = try ShopUnderTest()
        try shop.stock()
        let file = try shop.directory.write(
            "wrong.plan", ShopUnderTest.plan(of: "wether").replacingOccurrences(of: "1000 calls", with: "1000 cals"))
        let wrong = try weir(shop, "plan", "publish", file)
        #expect(wrong.code == 1)
        #expect(
            wrong.output.contains("\(file):2:4: expected a product of the catalogue, found \"wether\"; try weather"))
        #expect(wrong.output.contains("\(file):7:12:"))
        let unknown = try weir(shop, "key", "create", "--consumer", "nobody")
        #expect(unknown.code == 1)
        #expect(unknown.output.contains("consumer: expected the id or external_id of a consumer"))
        #expect(try weir(shop, "plan", "publish", "/nowhere.plan").code == 2)
        let refused = try weir(shop, "provider", "list", token: "a-wrong-token-0123456789")
        #expect(refused.code == 2)
        #expect(refused.output.contains("Authorization: expected Bearer"))
        shop.collector.program.kill()
        let gone = try weir(shop, "provider", "list")
        #expect(gone.code == 2)
        #expect(gone.output.contains("no collector at http://127.0.0.1:\(shop.collector.port)"))
    }

    @Test func packagesAreBoughtBalancesToppedUpAndStatementsSayHow() throws {
        let shop = try ShopUnderTest()
        try shop.stock()
        let payg = """
            plan payg
            of weather
            mode payg
            currency USD
            price calls per unit 0.50 per 1000
            """
        let file = try shop.directory.write("payg.plan", payg)
        let published = try weir(shop, "plan", "publish", file)
        #expect(published.code == 0, "\(published.output)")
        _ = try weir(shop, "consumer", "add", "Ada", "--external-id", "42")
        let bought = try weir(shop, "buy", "42", "starter", "--order", "o-1", "--json")
        #expect(bought["amount"] == "5.00", "\(bought.output)")
        // Again is nothing new; for another plan or price it is refused.
        #expect(try weir(shop, "buy", "42", "starter", "--order", "o-1", "--json").output == bought.output)
        #expect(try weir(shop, "buy", "42", "starter", "--order", "o-2", "--price", "4.00").code == 1)
        #expect(try weir(shop, "buy", "42", "starter", "--order", "o-3").code == 0)
        let early = try weir(shop, "topup", "42", "25.00", "USD", "--order", "p-1")
        #expect(early.code == 1)
        #expect(early.output.contains("no contract that is paid from a balance"))
        _ = try weir(shop, "subscribe", "42", "payg")
        let paid = try weir(shop, "topup", "42", "25.00", "USD", "--order", "p-1", "--json")
        #expect(paid["amount"] == "25.00", "\(paid.output)")
        #expect(try weir(shop, "topup", "42", "25.00", "USD", "--order", "p-1", "--json").output == paid.output)
        let other = try weir(shop, "topup", "42", "26.00", "USD", "--order", "p-1")
        #expect(other.code == 1)
        #expect(other.output.contains("amount: expected"), "\(other.output)")
        for (amount, currency, field) in [
            ("-1", "USD", "amount"), ("0", "USD", "amount"), ("1.00", "CNY", "currency"),
            ("1.0.0", "USD", "amount"), ("99999999999999", "USD", "amount"), ("1.00", "USX", "currency"),
        ] {
            let wrong = try shop.send(
                "POST", "/v1/topups", ["consumer": "42", "amount": amount, "currency": currency, "order_id": "x"])
            #expect([400, 409, 422].contains(wrong.status), "\(amount) \(currency)")
            #expect(wrong.field == field, "\(amount) \(currency): \(wrong.text)")
        }
        let grants = try weir(shop, "balance", "42", "--json").json["grants"] as? [[String: Any]] ?? []
        #expect(grants.compactMap { $0["unit"] as? String }.sorted() == ["calls", "calls", "money:USD"])
        #expect(grants.compactMap { $0["available"] as? String }.sorted() == ["1000", "1000", "25.00"])
        let statement = try weir(shop, "statement", "42")
        #expect(statement.output.split(separator: "\n").count == 4, "\(statement.output)")
        #expect(statement.output.contains("topup") && statement.output.contains("25.00"))
        #expect(
            try shop.policy()?.filter { $0[0] == "grant" }.map { $0[3] }.sorted() == ["calls", "calls", "money:USD"])
        let funnel = try shop.send("GET", "/v1/consumers/42").body["funnel"] as? [String: Any]
        #expect(funnel?["first_payment_at"] is String)
    }
}

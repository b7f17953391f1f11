import Foundation
import Testing
import WeirTestSupport

/// Balances that are corrected, and money that is given back.
@Suite struct AdjustmentTests {
    private func shop() throws -> (shop: ShopUnderTest, grant: String, money: String) {
        let shop = try ShopUnderTest()
        try shop.stock()
        _ = try shop.signUp()
        let payg = "plan payg\nof weather\nmode payg\ncurrency USD\nprice calls per unit 0.50 per 1000\n"
        _ = try shop.send("POST", "/v1/plans", ["text": payg, "publish": true])
        _ = try shop.send(
            "POST", "/v1/subscriptions",
            ["consumer": "ada", "plan": "payg", "accepted_version": 1, "accepted_by": "Ada"])
        func grant(_ order: ShopUnderTest.Answer) throws -> String {
            let lines = order.body["lines"] as? [[String: Any]]
            return try #require(lines?.first?["grant"] as? String, "\(order.text)")
        }
        let bought = try shop.send("POST", "/v1/purchases", ["consumer": "ada", "plan": "starter", "order_id": "o-1"])
        let paid = try shop.send(
            "POST", "/v1/topups", ["consumer": "ada", "amount": "20.00", "currency": "USD", "order_id": "p-1"])
        return (shop, try grant(bought), try grant(paid))
    }

    private func available(_ shop: ShopUnderTest, _ grant: String) throws -> String? {
        let grants = try shop.send("GET", "/v1/consumers/ada/balance").body["grants"] as? [[String: Any]]
        return grants?.first { $0["id"] as? String == grant }?["available"] as? String
    }

    @Test func balancesAreCorrectedOnceAndMoneyIsGivenBack() throws {
        let (shop, grant, money) = try shop()
        for _ in 0..<2 {
            let run = try ShopCommand(
                shop, "adjust", "ada", grant, "500", "--reason", "an outage", "--order", "ticket-1")
            #expect(run.code == 0, "\(run.output)")
        }
        #expect(try available(shop, grant) == "1500")
        let taken = try ShopCommand(
            shop, "adjust", "--reason", "a slip", "--order", "ticket-2", "ada", grant, "--", "-1500")
        #expect(taken.code == 0, "\(taken.output)")
        #expect(try available(shop, grant) == "0")
        let refund = try ShopCommand(
            shop, "refund", "ada", money, "12.50", "--reason", "leaves us", "--order", "refund-1", "--json")
        #expect(refund.code == 0, "\(refund.output)")
        #expect(try available(shop, money) == "7.50")
        let statement = try ShopCommand(shop, "statement", "ada").output
        #expect(statement.contains("refund") && statement.contains("leaves us") && statement.contains("-12.50"))
        let kinds = try shop.send("GET", "/v1/events?consumer=ada").rows.compactMap { $0["kind"] as? String }
        #expect(kinds.filter { $0 == "order.adjusted" }.count == 2)
        #expect(kinds.contains("order.refunded") && kinds.contains("grant.used_up"), "\(kinds)")
        let fsck = try RunningProgram(
            Programs.weir, ["fsck", "--database", "sqlite:\(shop.directory.file("collector"))/collector/weir.sqlite"],
            in: try TemporaryDirectory())
        #expect(fsck.wait(seconds: 30) == 0, "\(fsck.log)")
    }

    @Test func whatIsWrongIsRefusedAndNothingMoves() throws {
        let (shop, grant, money) = try shop()
        let good: [String: Any] = [
            "consumer": "ada", "grant": grant, "amount": "5", "reason": "why", "order_id": "a-1",
        ]
        for (field, value) in [
            ("amount", "0"), ("amount", "1.5"), ("amount", "-1001"), ("amount", "99999999999999999999"),
            ("amount", 5), ("grant", "grt_00000000000000000000000000"), ("grant", money + "'; DROP TABLE orders; --"),
            ("consumer", "nobody"), ("reason", ""), ("order_id", ""), ("refund", true),
        ] as [(String, Any)] {
            let answer = try shop.send("POST", "/v1/adjustments", good.merging([field: value]) { $1 })
            #expect(answer.field == field, "\(field)=\(value): \(answer.text)")
        }
        for amount in ["-1.00", "20.01", "0", "1.0000000001"] {
            let refund = good.merging(["grant": money, "refund": true, "amount": amount]) { $1 }
            #expect(try shop.send("POST", "/v1/adjustments", refund).field == "amount", "\(amount)")
        }
        _ = try shop.send("POST", "/v1/consumers", ["name": "Bob", "external_id": "bob"])
        #expect(try shop.send("POST", "/v1/adjustments", good.merging(["consumer": "bob"]) { $1 }).field == "grant")
        #expect(try shop.send("POST", "/v1/adjustments", good, token: ShopUnderTest.agentToken).status == 403)
        #expect(try shop.send("POST", "/v1/adjustments", good).status == 201)
        // The same id for another amount.
        let other = try shop.send("POST", "/v1/adjustments", good.merging(["amount": "6"]) { $1 })
        #expect(other.status == 409 && other.field == "amount")
        #expect(try available(shop, grant) == "1005")
        #expect(try available(shop, money) == "20.00")
    }
}

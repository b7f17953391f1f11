import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// What usage that is over would have cost, what of it was billed, and what it brought in.
@Suite struct QuoteTests {
    private static let metered = """
        plan metered
        of weather
        mode postpaid
        currency USD
        period month from 1 in UTC
        price good per unit 1.00 per 100
        credit limit 100.00
        """

    /// Two consumers of a plan that bills good answers, with usage of an hour of yesterday.
    private func shop() throws -> (shop: ShopUnderTest, ada: UsageOnPaper, bob: UsageOnPaper) {
        let shop = try ShopUnderTest()
        try shop.stock()
        _ = try shop.send("PATCH", "/v1/products/weather", ["cost": "0.10", "cost_currency": "USD", "cost_per": 100])
        _ = try shop.send(
            "POST", "/v1/products/weather/meters",
            ["code": "good", "dimension": "calls", "filter": "status=2xx route!=health"])
        let plan = try shop.send("POST", "/v1/plans", ["text": Self.metered, "publish": true])
        try #require(plan.status == 201, "\(plan.text)")
        let start = ISO8601DateFormatter().string(from: Date(timeIntervalSinceNow: -10 * 86_400))
        func usage(_ name: String, _ number: UInt64) throws -> UsageOnPaper {
            let signUp = try shop.send(
                "POST", "/v1/signups",
                [
                    "name": name, "external_id": name.lowercased(), "plan": "metered", "accepted_version": 1,
                    "starts_at": start,
                ])
            try #require(signUp.status == 201, "\(signUp.text)")
            var usage = UsageOnPaper(
                contract: signUp.inner("subscription", "id") + "/1", consumer: signUp.inner("consumer", "id"),
                plan: "metered", incarnation: number)
            usage.hour -= 24
            return usage
        }
        return (shop, try usage("Ada", 1), try usage("Bob", 2))
    }

    private func send(_ shop: ShopUnderTest, _ usage: UsageOnPaper) throws {
        let calls: (Int) -> UInt64 = { UInt64($0) }
        // 1,000 calls: 700 good, 200 that failed, 100 of which nothing is known; 60 denied; and 50 good ones of another route.
        let cells = [
            usage.cell(.admitted, calls: 1_000), usage.cell(.resolved, calls: calls(900)),
            usage.cell(.status(200), calls: 700), usage.cell(.status(500), calls: 200, units: 0),
            usage.cell(.denied(.rate), calls: 60), usage.cell(.admitted, calls: 50, route: "health"),
            usage.cell(.resolved, calls: 50, route: "health"), usage.cell(.status(200), calls: 50, route: "health"),
        ]
        try #require(try shop.collector.post(usage.batch(cells)).status == 200)
    }

    private var span: String {
        let day = { (ago: Double) in
            String(ISO8601DateFormatter().string(from: Date(timeIntervalSinceNow: -ago * 86_400)).prefix(10))
        }
        return "\(day(2))..\(day(-1))"
    }

    @Test func aFileSaysWhatUsageWouldHaveCostAndForWhomThatIsAChange() throws {
        let (shop, ada, _) = try shop()
        try send(shop, ada)
        let file = try shop.directory.write("dearer.plan", Self.metered.replacing("1.00 per 100", with: "3.00 per 100"))
        let run = try ShopCommand(shop, "plan", "price", file, "--usage", span, "--json")
        #expect(run.code == 0, "\(run.output)")
        #expect(run.json["before"] as? String == "7.00", "\(run.output)")
        #expect(run.json["after"] as? String == "21.00")
        #expect((run.json["more"] as? Int, run.json["same"] as? Int) == (1, 1) as (Int?, Int?))
        let table = try ShopCommand(shop, "plan", "price", file, "--usage", span).output
        #expect(
            table.contains("ada") && table.contains("+14.00") && table.contains("1 would pay more, 0 less, 1 the same"))
        // Nothing was published, and last month had no usage.
        #expect(try shop.send("GET", "/v1/plans?code=metered").rows.count == 1)
        // A plan that is not sold is tried on all contracts of its products.
        let pack = try shop.directory.write("pack.plan", ShopUnderTest.plan("pack"))
        let packs = try ShopCommand(shop, "plan", "price", pack, "--usage", span, "--of", "metered", "--json")
        let rows = try #require(packs.json["consumers"] as? [[String: Any]], "\(packs.output)")
        let after = try #require(rows.first { $0["consumer"] as? String == "ada" }?["after"] as? [String: Any])
        // 1,050 calls take two packages of 1,000.
        #expect(
            (after["purchases"] as? Int, after["total"] as? String) == (2, "10.00") as (Int?, String?),
            "\(packs.output)")
    }

    @Test func filtersThatTotalsDoNotDecideAreToldAsTheMostThatItCanBe() throws {
        let (shop, ada, _) = try shop()
        try send(shop, ada)
        _ = try shop.send(
            "POST", "/v1/products/weather/meters",
            ["code": "reads", "dimension": "calls", "filter": "status=2xx method=GET"])
        let text = Self.metered.replacing("price good", with: "price reads")
        let answer = try shop.send("POST", "/v1/plans/quote", ["text": text, "usage": span])
        #expect(answer.body["approximate"] as? [String] == ["reads"], "\(answer.text)")
        #expect(answer["after"] == "7.50")
    }

    @Test func spansAndFilesThatAreWrongAreRefused() throws {
        let (shop, _, _) = try shop()
        for (field, value) in [
            ("usage", "yesterday"), ("usage", "2026-13-01..2026-14-01"), ("usage", "2026-02-01..2026-01-01"),
            ("usage", "2026-02-01"), ("zone", "Europe/Atlantis"), ("of", "nothing"), ("text", "plan x"),
        ] {
            var body = ["text": Self.metered]
            body[field] = value
            let answer = try shop.send("POST", "/v1/plans/quote", body)
            #expect(answer.field == field, "\(field)=\(value): \(answer.text)")
        }
        let file = try shop.directory.write("wrong.plan", ShopUnderTest.plan(of: "wether"))
        let run = try ShopCommand(shop, "plan", "price", file)
        #expect(run.code == 1 && run.output.contains("\(file):2:4: expected a product"), "\(run.output)")
    }

    @Test func everyCallIsBilledOrCountedUnderItsReason() throws {
        let (shop, ada, bob) = try shop()
        try send(shop, ada)
        try send(shop, bob)
        let answer = try shop.send("GET", "/v1/usage/billing?usage=\(span)&consumer=ada")
        let rows = try #require(answer.body["rows"] as? [[String: Any]], "\(answer.text)")
        #expect(rows.count == 1)
        let row = try #require(rows.first)
        #expect((row["meter"] as? String, row["billed"] as? Int) == ("good", 700) as (String?, Int?), "\(answer.text)")
        let reasons = (row["unbilled"] as? [[String: Any]] ?? []).map { "\($0["reason"]!) \($0["calls"]!)" }
        #expect(reasons == ["denied-rate 60", "route 50", "status 200", "unreported 100"])
        #expect(row["calls"] as? Int == 1_110)
        let day = String(span.prefix(10))
        let table = try ShopCommand(shop, "usage", "--billing", "--from", day, "--filter", "consumer=ada").output
        #expect(table.contains("unreported") && table.contains("metered 1"), "\(table)")
        #expect(try shop.send("GET", "/v1/usage/billing?usage=\(span)").body["rows"].map { ($0 as? [Any])?.count } == 2)
        #expect(try shop.send("GET", "/v1/usage/billing?consumer=nobody").field == "consumer")
    }

    @Test func revenueIsWhatWasEarnedAndCostIsOfAllCalls() throws {
        let (shop, ada, _) = try shop()
        try send(shop, ada)
        _ = try shop.send("POST", "/v1/consumers", ["name": "Cy", "external_id": "cy"])
        let bought = try shop.send(
            "POST", "/v1/purchases",
            ["consumer": "cy", "plan": "starter", "order_id": "o-1", "accepted_version": 1])
        #expect(bought.status == 201, "\(bought.text)")
        let answer = try shop.send("GET", "/v1/revenue?usage=\(span)")
        let row = try #require((answer.body["products"] as? [[String: Any]])?.first, "\(answer.text)")
        #expect(row["revenue"] as? String == "5.00")
        // 1,050 calls at 0.10 per 100.
        #expect(row["cost"] as? String == "1.05")
        #expect(row["margin"] as? String == "3.95")
        let table = try ShopCommand(shop, "revenue", "--usage", span).output
        #expect(table.contains("weather") && table.contains("3.95"), "\(table)")
    }
}

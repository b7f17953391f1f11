import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Subscriptions over real collectors and agents: periods that renew under load, fees that are due, changes by API and by command.
@Suite struct SubscriptionTests {
    private static func plan(_ code: String, fee: String = "0", period: String = "day", _ more: String) -> String {
        "plan \(code)\nof weather\nmode subscription\ncurrency USD\nfee \(fee)\nperiod \(period)\n\(more)\n"
    }

    private static func time(_ seconds: Int) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }

    private static var now: Int { Int(Date().timeIntervalSince1970) }

    private static func ask(
        _ agent: AgentUnderTest, _ key: String, over client: ClientSocket? = nil
    ) throws -> CheckAnswer {
        try agent.check(
            [("host", "api.example.com"), ("path", "/v1/forecast"), ("api_key", key)], over: client)
    }

    /// A consumer, and a contract that began in the past.
    private func subscribe(_ market: Market, to plan: String, starts: Int) throws -> (id: String, key: String) {
        _ = try market.shop.send("POST", "/v1/consumers", ["name": "Ada", "external_id": "ada"])
        let made = try market.shop.send(
            "POST", "/v1/subscriptions",
            [
                "consumer": "ada", "plan": plan, "accepted_version": 1, "accepted_by": "Ada", "key_name": "main",
                "starts_at": Self.time(starts),
            ])
        try #require(made.status == 201, "\(made.text)")
        return (made["id"], made.inner("key", "key"))
    }

    /// Admitted calls of a contract.
    private func calls(_ market: Market, _ contract: String) throws -> Int {
        let csv = try market.shop.collector.get(
            "/v1/usage?format=csv&granularity=total&by=outcome&outcome=admitted&contract=\(contract)")
        return csv.body.split(separator: "\r\n").filter { $0.contains(",admitted,") }
            .compactMap { Int($0.split(separator: ",").dropLast(3).last ?? "") }.reduce(0, +)
    }

    @Test func aPeriodRenewsUnderLoadWithoutADeniedCallAndWithItsQuotaExact() throws {
        let market = try Market(agents: 1)
        try market.meter("calls", "calls")
        try market.publish(Self.plan("daily", "grant 400 calls"))
        let boundary = Self.now + 8
        let (id, key) = try subscribe(market, to: "daily", starts: boundary - 86_400)
        let (agent, client) = (market.agents[0], try market.agents[0].connect())
        #expect(try eventually { try Self.ask(agent, key, over: client).verdict == .allow })
        var (before, after, denied) = (1, 0, 0)
        while Date().timeIntervalSince1970 < Double(boundary) + 2 {
            let start = Date().timeIntervalSince1970
            let answer = try Self.ask(agent, key, over: client)
            if answer.verdict != .allow { denied += 1 }
            if start < Double(boundary) { before += 1 } else { after += 1 }
            usleep(25_000)
        }
        #expect(denied == 0 && before > 50 && after > 30)
        // All of the new period's quota, and no call more.
        var allowed = after
        #expect(
            try eventually(within: 20) {
                let answer = try Self.ask(agent, key, over: client)
                if answer.verdict == .allow { allowed += 1 }
                return answer.reason == .balance
            })
        #expect(allowed == 400)
        #expect(try eventually { try calls(market, "\(id)/2") == 400 })
        #expect(try calls(market, "\(id)/1") == before)
        let shown = try market.shop.send("GET", "/v1/subscriptions/\(id)")
        #expect(shown.body["period"] as? Int == 2 && shown["period_starts_at"] == Self.time(boundary))
        #expect(shown["next"] == "renewal" && shown["standing"] == "active" && shown["due"] == "0.00")
        let fsck = try market.fsck()
        #expect(fsck.status == 0, "\(fsck.text)")
        withExtendedLifetime(market) {}
    }

    /// What agents know of the next period takes them over its first second with the collector away.
    @Test func aPeriodBeginsWithTheCollectorAway() throws {
        let market = try Market(agents: 1)
        try market.meter("calls", "calls")
        try market.publish(Self.plan("daily", "grant 100000 calls"))
        let boundary = Self.now + 8
        let (_, key) = try subscribe(market, to: "daily", starts: boundary - 86_400)
        let (agent, client) = (market.agents[0], try market.agents[0].connect())
        #expect(try eventually { try Self.ask(agent, key, over: client).verdict == .allow })
        var (isAway, denied, after) = (false, 0, 0)
        // Windows cover a second ahead: for so long nobody has to be asked.
        while Date().timeIntervalSince1970 < Double(boundary) + 0.4 {
            if !isAway, Date().timeIntervalSince1970 > Double(boundary) - 0.3 {
                market.shop.collector.program.kill()
                isAway = true
            }
            if try Self.ask(agent, key, over: client).verdict != .allow { denied += 1 }
            if Date().timeIntervalSince1970 > Double(boundary) { after += 1 }
            usleep(50_000)
        }
        #expect(isAway && denied == 0 && after > 3, "\(denied) of \(after)")
        withExtendedLifetime(market) {}
    }

    @Test func whatIsOverdueIsDeniedWithinSecondsAndOpensAgainByAPayment() throws {
        let market = try Market(agents: 1)
        try market.publish(Self.plan("fee", fee: "30.00", period: "month in UTC", "overdue grace 1 hours"))
        let limit = Self.now + 5
        let (id, key) = try subscribe(market, to: "fee", starts: limit - 3_600)
        let agent = market.agents[0]
        #expect(try eventually { try Self.ask(agent, key).verdict == .allow })
        #expect(try eventually(within: 20) { try Self.ask(agent, key).reason == .balance })
        #expect((limit - 1...limit + 5).contains(Self.now))
        #expect(try Self.ask(agent, key).status == 402)
        #expect(try market.shop.send("GET", "/v1/subscriptions/\(id)")["standing"] == "overdue")
        let body = ["consumer": "ada", "amount": "30.00", "currency": "USD", "order_id": "p-1", "reason": "inv-7"]
        let tooMuch = try market.shop.send("POST", "/v1/payments", body.merging(["amount": "30.01"]) { $1 })
        #expect(tooMuch.status == 409 && tooMuch.field == "amount", "\(tooMuch.text)")
        let paid = try market.shop.send("POST", "/v1/payments", body)
        let clock = ContinuousClock()
        let start = clock.now
        #expect(paid.status == 201 && paid["kind"] == "payment", "\(paid.text)")
        #expect(try eventually(within: 5) { try Self.ask(agent, key).verdict == .allow })
        #expect(clock.now - start < .seconds(2), "from a payment to a call")
        #expect(try market.shop.send("POST", "/v1/payments", body).text == paid.text)
        let again = try market.shop.send("POST", "/v1/payments", body.merging(["order_id": "p-2"]) { $1 })
        #expect(again.status == 409 && again.detail.contains("nothing is due"), "\(again.text)")
        #expect(try market.shop.send("GET", "/v1/subscriptions/\(id)")["due"] == "0.00")
        let fsck = try market.fsck()
        #expect(fsck.status == 0, "\(fsck.text)")
        withExtendedLifetime(market) {}
    }

    @Test func commandsShowChangeAndCancelContracts() throws {
        let market = try Market(agents: 0)
        try market.publish(Self.plan("small", fee: "3.00", period: "month in UTC", "overdue grace 9 days"))
        try market.publish(Self.plan("large", fee: "90.00", period: "month in UTC", "overdue grace 9 days"))
        func weir(_ arguments: String...) throws -> (code: Int32?, output: String) {
            let program = try RunningProgram(
                Programs.weir, arguments,
                environment: [
                    "WEIR_COLLECTOR_URL": "http://127.0.0.1:\(market.shop.collector.port)",
                    "WEIR_ADMIN_TOKEN": ShopUnderTest.adminToken,
                ], in: market.shop.directory)
            return (program.wait(seconds: 30), program.log)
        }
        let (id, _) = try subscribe(market, to: "small", starts: Self.now)
        #expect(try weir("subscription", "list", "--consumer", "ada").output.contains(id))
        let changed = try weir("subscription", "change", id, "large")
        #expect(changed.code == 0 && changed.output.contains("charge"), "\(changed.output)")
        let shown = try weir("subscription", "show", id)
        #expect(shown.output.contains("90.00") || shown.output.contains("89.99"), "\(shown.output)")
        let wait = try weir("subscription", "change", id, "small")
        #expect(wait.output.contains("period_end"), "\(wait.output)")
        #expect(try weir("subscription", "keep", id).output.contains("renewal"))
        #expect(try weir("subscription", "pause", id).output.contains("paused"))
        #expect(try weir("subscription", "resume", id).output.contains("active"))
        #expect(try weir("pay", "ada", "1000.00", "--order", "p-1").code == 1)
        let paid = try weir("pay", "ada", "5.00", "--order", "p-1", "--subscription", id)
        #expect(paid.code == 0 && paid.output.contains("payment"), "\(paid.output)")
        #expect(try weir("buy", "ada", "large", "--order", "b-1").code == 0)
        #expect(try weir("buy", "ada", "large", "--order", "b-2").output.contains("nothing is due"))
        #expect(try weir("subscription", "cancel", id).output.contains("cancel"))
        let ended = try weir("subscription", "cancel", id, "--now")
        #expect(ended.code == 0 && ended.output.contains("ended"), "\(ended.output)")
        #expect(try weir("subscription", "keep", id).output.contains("it has ended"))
        let fsck = try market.fsck()
        #expect(fsck.status == 0, "\(fsck.text)")
        withExtendedLifetime(market) {}
    }
}

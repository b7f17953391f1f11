import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Plans that count by several meters, over real collectors and agents; and what passes beyond what was bought.
@Suite struct SoldMeterTests {
    private static func ask(
        _ agent: AgentUnderTest, _ key: String, over client: ClientSocket? = nil
    ) throws -> CheckAnswer {
        try agent.check([("host", "api.example.com"), ("path", "/v1/forecast"), ("api_key", key)], over: client)
    }

    /// Asks, and reports a response of so many bytes where it passes; whether it did.
    private static func call(
        _ agent: AgentUnderTest, _ key: String, bytes: UInt64, over client: ClientSocket
    ) throws -> CheckAnswer {
        let answer = try ask(agent, key, over: client)
        guard answer.verdict == .allow else { return answer }
        client.send(Report.frame([Report(ticket: answer.ticket, status: 200, bytesIn: 0, bytesOut: bytes)], id: 9))
        _ = try #require(client.receiveFrame())
        return answer
    }

    private static func grants(_ market: Market) throws -> [[String: Any]] {
        try market.shop.send("GET", "/v1/consumers/ada/balance").body["grants"] as? [[String: Any]] ?? []
    }

    private static func figure(_ grant: [String: Any], _ name: String) -> Decimal? {
        Decimal(string: grant[name] as? String ?? "")
    }

    @Test func aBalanceIsChargedThePricesOfCallsAndOfBytesExactly() throws {
        let market = try Market(agents: 1)
        try market.publish(
            """
            plan both
            of weather
            mode payg
            currency USD
            price calls free 5 then per unit 0.001
            price bytes_out per unit 1.00 per 1MB
            """)
        let key = try market.key("both")
        try market.topUp("1.00", "first")
        let agent = market.agents[0]
        let client = try agent.connect()
        var calls = 0
        #expect(
            try eventually(within: 15) {
                if try Self.call(agent, key, bytes: 1_000, over: client).verdict == .allow { calls += 1 }
                return calls >= 25
            }, "\(calls)")
        // The successor says that the windows of the one that was killed are over: what they spent is charged.
        try market.replace(0)
        let exact = Decimal(calls - 5) / 1_000 + Decimal(calls) / 1_000
        #expect(
            try eventually(within: 20) {
                guard let grant = try Self.grants(market).first else { return false }
                return Self.figure(grant, "balance") == 1 - exact && Self.figure(grant, "lent") == 0
            }, "\(calls) calls")
        let fsck = try market.fsck()
        #expect(fsck.status == 0, "\(fsck.text)")
    }

    @Test func whatIsGrantedOfCallsAndBytesIsDeniedWhenEitherIsGone() throws {
        for (grants, bytes, expected) in [
            ("grant 5 calls\ngrant 1MB bytes_out", 100, 5...5),
            ("grant 900 calls\ngrant 30kB bytes_out", 3_000, 9...12),
        ] {
            let market = try Market(agents: 1)
            try market.publish(
                """
                plan pack
                of weather
                mode package
                currency USD
                fee 5.00
                \(grants)
                when used up: deny
                """)
            let key = try market.key("pack")
            try market.buy("pack", "one")
            let agent = market.agents[0]
            let client = try agent.connect()
            var (allowed, denied) = (0, 0)
            #expect(
                try eventually(within: 20) {
                    let answer = try Self.call(agent, key, bytes: UInt64(bytes), over: client)
                    if answer.verdict == .allow {
                        (allowed, denied) = (allowed + 1, 0)
                    } else if answer.reason == .balance, allowed > 0 {
                        denied += 1
                    }
                    return denied >= 20
                })
            #expect(expected.contains(allowed), "\(allowed) of \(grants)")
            let fsck = try market.fsck()
            #expect(fsck.status == 0, "\(fsck.text)")
        }
    }

    @Test func whatIsChargedBeyondASubscriptionStopsAtItsAmountOverTwoAgents() throws {
        let market = try Market(agents: 2)
        try market.publish(
            """
            plan capped
            of weather
            mode subscription
            currency USD
            fee 0
            period month from 1
            grant 5 calls
            when used up: charge to 0.01
            price calls per unit 0.001
            """)
        let key = try market.key("capped")
        let granted = try Self.grants(market).filter { $0["unit"] as? String == "calls" }.compactMap {
            Self.figure($0, "left")
        }.reduce(0, +)
        let clients = try market.agents.map { try $0.connect() }
        var (allowed, denied) = (0, 0)
        #expect(
            try eventually(within: 20) {
                for (agent, client) in zip(market.agents, clients) {
                    let answer = try Self.ask(agent, key, over: client)
                    if answer.verdict == .allow {
                        (allowed, denied) = (allowed + 1, 0)
                    } else if answer.reason == .balance, allowed > 0 {
                        denied += 1
                    }
                }
                return denied >= 60
            })
        #expect(Decimal(allowed) == granted + 10, "\(allowed)")
        let fsck = try market.fsck()
        #expect(fsck.status == 0, "\(fsck.text)")
    }

    @Test func anOverdraftLetsSoMuchThroughWhileTheCollectorIsDeadAndIsPaidLater() throws {
        let market = try Market(agents: 1)
        try market.publish(
            """
            plan pack
            of weather
            mode package
            currency USD
            fee 5.00
            grant 100 calls
            on outage overdraft 5 calls
            """)
        let key = try market.key("pack")
        try market.buy("pack", "one")
        let agent = market.agents[0]
        let client = try agent.connect()
        var allowed = 0
        #expect(
            try eventually(within: 10) {
                if try Self.ask(agent, key, over: client).verdict == .allow { allowed += 1 }
                return allowed > 0
            })
        market.shop.collector.program.kill()
        _ = market.shop.collector.program.wait(seconds: 10)
        var (alone, denied) = (0, 0)
        while denied < 3, allowed < 150 {
            let answer = try Self.ask(agent, key, over: client)
            if answer.verdict == .allow {
                allowed += 1
                if answer.state == .alone { alone += 1 }
            } else {
                denied += 1
                #expect(answer.reason == .overload && answer.status == 503, "\(answer)")
            }
        }
        #expect(alone == 5)
        let metric = try agent.metric("weir_window_outage_total{result=\"overdraft\"}")
        #expect(metric == nil || metric == 5)
        // It comes back, and sells what is left and no more.
        let again = try ShopUnderTest(
            in: market.shop.directory, port: market.shop.collector.port,
            ["WEIR_KEY_PEPPER": "a-pepper-for-tests-0123456789abcdef"])
        denied = 0
        #expect(
            try eventually(within: 30) {
                let answer = try Self.ask(agent, key, over: client)
                if answer.verdict == .allow { allowed += 1 } else if answer.reason == .balance { denied += 1 }
                return denied >= 10
            }, "\(allowed)")
        #expect(allowed == 100)
        let fsck = try market.fsck()
        #expect(fsck.status == 0, "\(fsck.text)")
        withExtendedLifetime(again) {}
    }

    @Test func whatIsPaidInForAPackageIsHeldToWhatItMayBeCharged() throws {
        let market = try Market(agents: 0)
        try market.publish(
            """
            plan pack
            of weather
            mode package
            currency USD
            fee 5.00
            grant 10 calls
            when used up: charge to 2.00
            price calls per unit 0.50
            """)
        _ = try market.key("pack")
        func topUp(_ amount: String, _ order: String) throws -> ShopUnderTest.Answer {
            try market.shop.send(
                "POST", "/v1/topups", ["consumer": "ada", "amount": amount, "currency": "USD", "order_id": order])
        }
        let early = try topUp("1.00", "early")
        #expect(early.status == 409 && early.field == "amount", "\(early.text)")
        try market.buy("pack", "one")
        #expect(try topUp("1.50", "first").status == 201)
        #expect([200, 201].contains(try topUp("1.50", "first").status))
        let more = try topUp("1.00", "second")
        #expect(more.status == 409 && more.detail.contains("at most 0.50 USD"), "\(more.text)")
        try market.buy("pack", "two")
        #expect(try topUp("2.50", "third").status == 201)
    }

    @Test func plansThatAgentsCannotEnforceAreNotPublished() throws {
        let market = try Market(agents: 0)
        try market.meter("deep", "units")
        let many = ["calls", "units", "bytes_in", "bytes_out", "deep"].map { "price \($0) per unit 0.01" }
        for (text, wanted) in [
            (
                "plan many\nof weather\nmode payg\ncurrency USD\n" + many.joined(separator: "\n"),
                "expected at most 4 meters"
            ),
            (
                "plan two\nof weather\nmode package\ncurrency USD\nfee 1.00\ngrant 5 calls\nwhen used up: charge to 1.00\n"
                    + "price calls per unit 0.01\nprice bytes_out per unit 0.01 per 1MB",
                "expected a price of calls alone"
            ),
        ] {
            let refused = try market.shop.send("POST", "/v1/plans", ["text": text, "publish": true])
            #expect([400, 422].contains(refused.status) && refused.detail.contains(wanted), "\(refused.text)")
        }
    }
}

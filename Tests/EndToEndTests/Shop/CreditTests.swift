import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Calls that were bought, over real collectors and agents: exactly as many as were paid for, whoever asks, whatever dies.
@Suite struct CreditTests {
    private static let package = """
        plan pack
        of weather
        mode package
        currency USD
        fee 5.00
        grant 100 calls
        when used up: deny
        """

    private static func ask(
        _ agent: AgentUnderTest, _ key: String, _ path: String = "/v1/forecast", over client: ClientSocket? = nil
    ) throws -> CheckAnswer {
        try agent.check([("host", "api.example.com"), ("path", path), ("api_key", key)], over: client)
    }

    @Test func aPackageIsSoldToItsLastCallAndOpensAgainByAPurchase() throws {
        let market = try Market(agents: 2)
        try market.meter("calls", "calls")
        try market.publish(Self.package)
        let key = try market.key("pack")
        let clock = ContinuousClock()
        for agent in market.agents {
            #expect(try eventually(within: 10) { try Self.ask(agent, key).reason == .balance })
            #expect(try Self.ask(agent, key).status == 402)
        }
        for order in ["first", "second"] {
            try market.buy("pack", order)
            try market.buy("pack", order)
            let paid = clock.now
            var allowed = 0
            #expect(
                try eventually(within: 5) {
                    if try Self.ask(market.agents[0], key).verdict == .allow { allowed += 1 }
                    return allowed > 0
                })
            #expect(clock.now - paid < .seconds(3), "from a purchase to a call")
            // All of it, over both agents: what one has and does not use the other gets.
            let connections = try market.agents.map { try $0.connect() }
            var denied = 0
            while denied < 60, allowed < 150 {
                for (agent, connection) in zip(market.agents, connections) {
                    let answer = try Self.ask(agent, key, over: connection)
                    if answer.verdict == .allow {
                        allowed += 1
                        denied = 0
                    } else {
                        denied += 1
                        #expect([.balance, .overload].contains(answer.reason), "\(answer)")
                    }
                }
            }
            #expect(allowed == 100)
        }
        let usage = try #require(try eventuallyCalls(market, "admitted", 200))
        #expect(usage == 200)
        let fsck = try market.fsck()
        #expect(fsck.status == 0, "\(fsck.text)")
        let draws = try market.agents.map { try $0.metric("weir_window_draws_total") ?? 0 }
        #expect(draws.reduce(0, +) == 200)
    }

    private func eventuallyCalls(_ market: Market, _ outcome: String, _ wanted: Int) throws -> Int? {
        var calls: Int?
        _ = try eventually(within: 10) {
            calls = try market.shop.collector.calls()[outcome]
            return calls == wanted
        }
        return calls
    }

    @Test func routesHaveWeightsAndACostThatIsNotLeftIsDenied() throws {
        let market = try Market(agents: 1)
        try market.meter("calls", "calls")
        try market.publish(Self.package.replacing("grant 100 calls", with: "grant 5 calls"))
        let key = try market.key("pack")
        try market.buy("pack", "one")
        let agent = market.agents[0]
        #expect(try eventually(within: 10) { try Self.ask(agent, key, "/v1/search").verdict == .allow })
        #expect(try Self.ask(agent, key, "/v1/search").verdict == .allow)
        #expect(try Self.ask(agent, key, "/v1/search").reason == .balance)
        #expect(try Self.ask(agent, key, "/v1/forecast").verdict == .allow)
        #expect(try Self.ask(agent, key, "/v1/forecast").reason == .balance)
    }

    @Test func anAgentThatIsKilledLosesNothingAndItsSuccessorSettlesIt() throws {
        let market = try Market(agents: 1)
        try market.meter("calls", "calls")
        try market.publish(Self.package)
        let key = try market.key("pack")
        try market.buy("pack", "one")
        var allowed = 0
        #expect(
            try eventually(within: 10) {
                if try Self.ask(market.agents[0], key).verdict == .allow { allowed += 1 }
                return allowed >= 30
            })
        try market.replace(0)
        // What the dead one had not spent comes back when its usage has arrived.
        #expect(
            try eventually(within: 20) {
                if try Self.ask(market.agents[0], key).verdict == .allow { allowed += 1 }
                return allowed >= 100
            }, "\(allowed)")
        for _ in 0..<20 where try Self.ask(market.agents[0], key).verdict == .allow { allowed += 1 }
        #expect(allowed == 100)
        #expect(try eventuallyCalls(market, "admitted", 100) == 100)
        let fsck = try market.fsck()
        #expect(fsck.status == 0, "\(fsck.text)")
    }

    @Test func aBalanceIsChargedByTheBytesOfResponsesAndByAtMostOneResponseTooMuch() throws {
        let market = try Market(agents: 1)
        try market.meter("out", "bytes_out")
        try market.publish(
            """
            plan traffic
            of weather
            mode payg
            currency USD
            price out per unit 1.00 per 1MB
            """)
        let key = try market.key("traffic")
        try market.topUp("0.10", "first")
        let agent = market.agents[0]
        #expect(try eventually(within: 10) { try Self.ask(agent, key).verdict == .allow })
        // 100,000 bytes were paid; each response has 3,000.
        let client = try agent.connect()
        var (calls, bytes) = (0, 0)
        for _ in 0..<200 {
            let answer = try Self.ask(agent, key, over: client)
            guard answer.verdict == .allow else { continue }
            calls += 1
            bytes += 3_000
            let report = Report(ticket: answer.ticket, status: 200, bytesIn: 100, bytesOut: 3_000)
            client.send(Report.frame([report], id: 9))
            _ = try #require(client.receiveFrame())
        }
        // The first check of all has its estimate reserved, as it never reports.
        #expect(bytes > 85_000 && bytes <= 103_000, "\(bytes) bytes in \(calls) calls")
        #expect(try Self.ask(agent, key).reason == .balance)
        try market.topUp("0.10", "second")
        #expect(try eventually(within: 5) { try Self.ask(agent, key).verdict == .allow })
        let fsck = try market.fsck()
        #expect(fsck.status == 0, "\(fsck.text)")
    }

    @Test func callsThatFailAreNotChargedWhereThePlanSaysSo() throws {
        let market = try Market(agents: 1)
        try market.meter("good", "calls", filter: "status=2xx")
        try market.publish(Self.package.replacing("grant 100 calls", with: "grant 3 good"))
        let key = try market.key("pack")
        try market.buy("pack", "one")
        let agent = market.agents[0]
        let client = try agent.connect()
        var charged = 0
        #expect(
            try eventually(within: 10) {
                let answer = try Self.ask(agent, key, over: client)
                guard answer.verdict == .allow else { return false }
                client.send(Report.frame([Report(ticket: answer.ticket, status: 503, bytesIn: 0, bytesOut: 0)], id: 9))
                _ = try #require(client.receiveFrame())
                return true
            })
        for status in [500, 200, 404, 200, 503, 200] as [UInt16] {
            let answer = try Self.ask(agent, key, over: client)
            try #require(answer.verdict == .allow, "\(status)")
            client.send(Report.frame([Report(ticket: answer.ticket, status: status, bytesIn: 0, bytesOut: 0)], id: 9))
            _ = try #require(client.receiveFrame())
            if status == 200 { charged += 1 }
        }
        #expect(charged == 3)
        #expect(try Self.ask(agent, key, over: client).reason == .balance)
        #expect(try eventuallyCalls(market, "5xx", 3) == 3, "they are counted all the same")
    }

    @Test func whatWasGrantedIsSpentWhileTheCollectorIsAwayAndNoMore() throws {
        let market = try Market(agents: 1)
        try market.meter("calls", "calls")
        try market.publish(Self.package)
        let key = try market.key("pack")
        try market.buy("pack", "one")
        let agent = market.agents[0]
        #expect(try eventually(within: 10) { try Self.ask(agent, key).verdict == .allow })
        market.shop.collector.program.kill()
        _ = market.shop.collector.program.wait(seconds: 10)
        var (allowed, denied) = (1, 0)
        while denied < 3, allowed < 150 {
            let answer = try Self.ask(agent, key)
            if answer.verdict == .allow { allowed += 1 } else { denied += 1 }
            if answer.verdict == .deny { #expect(answer.status == 503 && answer.reason == .overload, "\(answer)") }
        }
        #expect(allowed <= 100)
    }
}

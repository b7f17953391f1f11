import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// From a purchase to the next allowed call, and from the last call to the denial.
@Suite struct PurchaseTests {
    private static let purchases = 100

    /// One call is bought a hundred times, on two agents in turn: each is allowed once, soon, and the next one is denied at once. How soon
    /// is printed: on a machine that does something else it says nothing.
    @Test func whatIsBoughtIsAllowedSoonAndWhatIsUsedUpIsDeniedAtTheNextCall() throws {
        let market = try Market(agents: 2)
        try market.meter("calls", "calls")
        try market.publish(
            """
            plan one
            of weather
            mode package
            currency USD
            fee 0.01
            grant 1 calls
            when used up: deny
            """)
        let key = try market.key("one")
        let connections = try market.agents.map { try $0.connect() }
        func ask(_ number: Int) throws -> CheckAnswer {
            try market.agents[number].check(
                [("host", "api.example.com"), ("path", "/v1/forecast"), ("api_key", key)], over: connections[number])
        }
        for number in 0..<2 { #expect(try eventually { try ask(number).reason == .balance }) }
        var times: [Duration] = []
        for purchase in 0..<Self.purchases {
            let start = ContinuousClock.now
            try market.buy("one", "order \(purchase)")
            let isAllowed = try eventually(within: 20) { try ask(purchase % 2).verdict == .allow }
            try #require(isAllowed, "purchase \(purchase): \(market.agents[purchase % 2].program.log)")
            times.append(.now - start)
            let next = try ask(purchase % 2)
            #expect((next.verdict, next.reason, next.status) == (.deny, .balance, 402), "purchase \(purchase)")
        }
        times.sort()
        func shown(_ time: Duration) -> String { time.formatted(.units(allowed: [.milliseconds], width: .narrow)) }
        print(
            "from a purchase to the next allowed call, \(times.count) times: p50 \(shown(times[times.count / 2])),"
                + " p99 \(shown(times[times.count * 99 / 100])), longest \(shown(times[times.count - 1]))")
        let draws = try market.agents.map { try $0.metric("weir_window_draws_total") ?? 0 }
        #expect(draws.reduce(0, +) == Self.purchases)
        let fsck = try market.fsck()
        #expect(fsck.status == 0, "\(fsck.text)")
    }

    /// Who wonders why a call is denied is told what is in hand, and what the collector said.
    @Test func whatWouldPayForACallIsExplainedAndNothingIsDrawn() throws {
        let market = try Market(agents: 1)
        try market.meter("calls", "calls")
        try market.publish(
            """
            plan pack
            of weather
            mode package
            currency USD
            fee 0.01
            grant 3 calls
            when used up: deny
            """)
        let key = try market.key("pack")
        let agent = market.agents[0]
        let request = [("host", "api.example.com"), ("path", "/v1/forecast"), ("api_key", key)]
        func credit() throws -> [[String: Any]]? {
            let query = request.map { name, value in
                "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
            }.joined(separator: "&")
            let page = try JSONSerialization.jsonObject(with: Data(try agent.admin("/explain?\(query)").utf8))
            return (page as? [String: Any])?["credit"] as? [[String: Any]]
        }
        #expect(try eventually { try agent.check(request).reason == .balance })
        #expect(try credit() == nil)
        try market.buy("pack", "first")
        #expect(try eventually { try credit()?.count == 1 })
        #expect(try credit()?[0]["finding"] as? String == "asks")
        #expect(try eventually { try agent.check(request).verdict == .allow })
        for _ in 0..<3 {
            let found = try #require(try credit()?.first)
            #expect(found["unit"] as? String == "calls" && found["cost"] as? Int == 1)
            #expect(found["spent"] as? Int == 1 && ["pays", "asks"].contains(found["finding"] as? String))
        }
        for _ in 0..<2 { #expect(try eventually { try agent.check(request).verdict == .allow }) }
        #expect(try agent.check(request).reason == .balance)
        #expect(try credit()?[0]["finding"] as? String == "used")
        #expect(try credit()?[0]["collector"] as? String == "empty")
        let explained = try RunningProgram(
            Programs.weir,
            ["explain"] + request.map { "\($0)=\($1)" }, environment: agentEnvironment(agent), in: agent.directory)
        _ = explained.wait()
        #expect(explained.log.contains("(calls): used up: 0 in hand"), "\(explained.log)")
        let status = try agent.admin("/status")
        #expect(status.contains("\"spent\" : 3"), "\(status)")
        #expect(try agent.metric("weir_window_spent{of=\"units\"}") == 3)
        #expect(try agent.metric("weir_window_calls_total") ?? 0 > 0)
    }

    private func agentEnvironment(_ agent: AgentUnderTest) -> [String: String] {
        AgentUnderTest.environment(agent.directory, agent.adminPort)
    }
}

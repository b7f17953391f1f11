import Foundation
import Testing
import WeirTestSupport

/// Web servers before calls that are sold, with the lines that their files have for it: the first call after a purchase waits for a
/// collector that is far away, longer than a server waits for a limit.
@Suite struct SoldDoorTests {
    enum Server: CaseIterable { case haproxy, caddy, nginx }

    /// Between what a server waits for a limit (20 to 50 ms) and what an agent waits for the collector (250 ms).
    private static let delay = 80...120
    private static let path = "/v1/forecast"

    /// A server, its agent, and a way to ask.
    private struct Site {
        let agent: AgentUnderTest
        let get: (_ headers: [String]) throws -> HTTPReply

        init(_ server: Server, _ settings: [String: String]) throws {
            switch server {
            case .haproxy:
                let site = try HAProxyUnderTest(settings, isOpen: false, patience: .sold)
                (agent, get) = (site.agent, { try site.get(SoldDoorTests.path, $0) })
            case .caddy:
                let site = try CaddyUnderTest(settings, variant: .closed)
                (agent, get) = (site.agent, { try site.get(SoldDoorTests.path, $0) })
            case .nginx:
                let site = try NginxUnderTest(settings, variant: .authClosed)
                (agent, get) = (site.agent, { try site.get(SoldDoorTests.path, $0) })
            }
        }

        /// Purchases that the agent has heard of, without asking for any.
        func heard(_ host: String, _ key: String) throws -> Int {
            let page = try agent.admin("/explain?host=\(host)&path=%2Fv1%2Fforecast&api_key=\(key)")
            let object = try JSONSerialization.jsonObject(with: Data(page.utf8)) as? [String: Any]
            return (object?["credit"] as? [Any])?.count ?? 0
        }
    }

    @Test(arguments: Server.allCases)
    func theFirstCallAfterAPurchaseIsWaitedForAndPaid(_ server: Server) throws {
        var made: FaultyProxy?
        let market = try Market(agents: 0, hosts: ["site", "127.0.0.1"]) { port in
            var faults = FaultyProxy.Faults()
            (faults.delayed, faults.leastDelay, faults.delay) = (100, Self.delay.lowerBound, Self.delay.upperBound)
            let proxy = FaultyProxy(to: port, seed: 1, faults)
            made = proxy
            return proxy
        }
        defer { made?.stop() }
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
        let site = try Site(server, market.settings)
        var allowed = 0
        // On a machine that is busy one may take longer than the agent waits: that is denied, and never passes unpaid.
        for purchase in 1...10 where allowed < 3 {
            try market.buy("one", "order \(purchase)")
            #expect(try eventually { try site.heard("site", key) == purchase })
            let start = ContinuousClock.now
            let reply = try site.get(["X-API-Key: \(key)"])
            let took = ContinuousClock.now - start
            #expect([200, 503].contains(reply.status), "\(reply)")
            guard reply.status == 200 else { continue }
            allowed += 1
            #expect(took > .milliseconds(Self.delay.lowerBound))
            #expect(try site.agent.metric("weir_window_draws_total") == allowed, "a call that nobody paid")
        }
        #expect(allowed == 3)
    }

    /// What nginx's page says of its closed version.
    @Test func nginxWaitsThreeHundredMillisecondsForTheAgentWhereItFailsClosed() throws {
        let site = try NginxUnderTest(["WEIR_LIMITS": "all: 1M/s by ip"], variant: .authClosed)
        #expect(try eventually { try site.get("/").status == 200 })
        site.agent.program.stop()
        let start = ContinuousClock.now
        #expect(try site.get("/").status == 503)
        let took = ContinuousClock.now - start
        #expect(took > .milliseconds(280) && took < .seconds(4), "\(took)")
        site.agent.program.send(SIGCONT)
    }
}

import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// A thousand callers on eight agents at the last hundred calls of a package: each of them is sold once, whatever dies.
@Suite(.serialized) struct LastCallTests {
    enum Database: CaseIterable { case sqlite, postgreSQL }

    private static let agents = 8
    private static let callers = 125
    private static let calls = 100
    /// `WEIR_SALES=50` sells the package fifty times in each way.
    private static let sales = ProcessInfo.processInfo.environment["WEIR_SALES"].flatMap { Int($0) } ?? 1

    /// What callers of one agent send at once, and what they are told.
    private final class Callers {
        private var client: ClientSocket?

        func send(_ frames: [UInt8], to agent: AgentUnderTest) throws {
            if client == nil { client = try agent.connect() }
            client?.send(frames)
        }

        /// Nobody hears the answers.
        func hangUp() { client = nil }

        func answers(_ count: Int) throws -> [CheckAnswer] {
            try (0..<count).map { _ in
                try AgentUnderTest.answer(try #require(client?.receiveFrame(), "no answer"))
            }
        }
    }

    @Test(arguments: Database.allCases, [false, true])
    func theLastHundredCallsAreSoldOnce(_ kind: Database, whileAgentsDie: Bool) throws {
        for _ in 0..<Self.sales { try sell(kind, whileAgentsDie: whileAgentsDie) }
    }

    private func sell(_ kind: Database, whileAgentsDie: Bool) throws {
        let settings = kind == .sqlite ? [:] : ["WEIR_DATABASE": try PostgresUnderTest.database()]
        let market = try Market(agents: Self.agents, settings)
        try market.meter("calls", "calls")
        try market.publish(
            """
            plan pack
            of weather
            mode package
            currency USD
            fee 5.00
            grant \(Self.calls) calls
            when used up: deny
            """)
        let key = try market.key("pack")
        try market.buy("pack", "one")
        let frames = (1...UInt64(Self.callers)).flatMap { id in
            CheckDraft(
                attributes: [
                    ("host", Array("api.example.com".utf8)), ("path", Array("/v1/forecast".utf8)),
                    ("api_key", Array(key.utf8)),
                ], cost: 1
            ).frame(id: id)
        }
        let callers = (0..<Self.agents).map { _ in Callers() }
        var allowed = 0
        var rounds = 0
        var toDie = whileAgentsDie ? [0, 3] : []
        func round() throws {
            rounds += 1
            for (agent, callers) in zip(market.agents, callers) { try callers.send(frames, to: agent) }
            // With a thousand checks in flight, when some were sold.
            let dying = allowed > 0 || rounds > 3 ? toDie : []
            for number in dying {
                callers[number].hangUp()
                try market.replace(number)
            }
            if !dying.isEmpty { toDie = [] }
            for (number, callers) in callers.enumerated() where !dying.contains(number) {
                for answer in try callers.answers(Self.callers) {
                    if answer.verdict == .allow { allowed += 1 }
                    let isKnown = [.ok, .balance, .overload, .keyUnknown].contains(answer.reason)
                    #expect(isKnown, "\(answer)")
                }
            }
        }
        // What the dead held is sold again when their successors have told what they had spent.
        let isSold = try eventually(within: 60) {
            try round()
            return try toDie.isEmpty && market.shop.collector.calls()["admitted"] == Self.calls
        }
        #expect(isSold, "\(allowed) allowed in \(rounds) rounds")
        for _ in 0..<2 { try round() }
        if whileAgentsDie { #expect(allowed <= Self.calls) } else { #expect(allowed == Self.calls) }
        #expect(try market.shop.collector.calls()["admitted"] == Self.calls)
        let fsck = try market.fsck()
        #expect(fsck.status == 0, "\(fsck.text)")
    }
}

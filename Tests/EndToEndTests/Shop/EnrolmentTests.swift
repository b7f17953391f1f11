import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Agents have tokens of their own, which they are given for the one that all of them share.
@Suite struct EnrolmentTests {
    private static func enrolled(_ market: Market) throws -> [[String: Any]] {
        try market.shop.send("GET", "/v1/agents").rows
    }

    @Test func anAgentIsGivenATokenOfItsOwnOnceAndKeepsIt() throws {
        let market = try Market(agents: 2)
        try #require(try eventually(within: 10) { try Self.enrolled(market).count == 2 })
        let agents = try Self.enrolled(market)
        #expect(agents.allSatisfy { $0["namespace"] as? String == "weir" })
        let kept = market.agents[0].directory.file("state/journal/collector-token")
        let token = try String(contentsOfFile: kept, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(token != ShopUnderTest.agentToken)
        #expect(try market.shop.policy(token: token) != nil)
        let rights = try FileManager.default.attributesOfItem(atPath: kept)[.posixPermissions] as? Int
        #expect(rights == 0o600)
        // The next run goes on with it: nobody is enrolled twice.
        try market.replace(0)
        #expect(
            try Self.enrolled(market).map { $0["enrolled_at"] as? String }
                == agents.map { $0["enrolled_at"] as? String })
        #expect(
            try String(contentsOfFile: kept, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines) == token)
    }

    @Test func anAgentWhoseTokenIsNotKnownAnyMoreIsGivenAnother() throws {
        let market = try Market(agents: 1)
        try market.meter("calls", "calls")
        try market.publish(
            "plan pack\nof weather\nmode package\ncurrency USD\nfee 5.00\ngrant 10 calls\nwhen used up: deny\n")
        try #require(try eventually(within: 10) { try Self.enrolled(market).count == 1 })
        let tokens = try market.shop.send("GET", "/v1/tokens").rows.filter { $0["scope"] as? String == "agent" }
        let id = try #require(tokens.first?["id"] as? String)
        try #require(try market.shop.send("POST", "/v1/tokens/\(id)/revoke").status == 200)
        // It is heard of again with what was made since.
        let key = try market.key("pack")
        try market.buy("pack", "first")
        #expect(
            try eventually(within: 40) {
                try market.agents[0].check([
                    ("host", "api.example.com"), ("path", "/v1/forecast"), ("api_key", key),
                ]).verdict == .allow
            })
    }
}

import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// A real collector that sells, and a real agent that decides on its keys.
@Suite struct SoldCallTests {
    private static let pepper = "a-pepper-for-tests-0123456789abcdef"

    private func agentSettings(_ shop: ShopUnderTest) -> [String: String] {
        shop.collector.agentSettings.merging(["WEIR_KEY_PEPPER": Self.pepper]) { $1 }
    }

    private func reason(_ agent: AgentUnderTest, key: String, host: String = "api.example.com") throws -> Reason {
        try agent.check([("host", host), ("path", "/v1/search"), ("api_key", key)]).reason
    }

    @Test func aKeyWorksAtAnAgentIsRotatedAndIsDeniedWithinSecondsOfItsRevocation() throws {
        let shop = try ShopUnderTest(["WEIR_KEY_PEPPER": Self.pepper])
        try shop.stock()
        let agent = try AgentUnderTest(agentSettings(shop))
        let signUp = try shop.signUp()
        let key = signUp.inner("subscription", "key", "key")
        let id = signUp.inner("subscription", "key", "id")
        let clock = ContinuousClock()
        var start = clock.now
        #expect(try eventually(within: 5) { try reason(agent, key: key) == .balance })
        try shop.send("POST", "/v1/purchases", ["consumer": "ada", "plan": "starter", "order_id": "first"])
        start = clock.now
        #expect(try eventually(within: 5) { try reason(agent, key: key) == .ok })
        let known = clock.now - start
        #expect(known < .seconds(2), "\(known)")
        // Hosts that are nobody's product are as before.
        #expect(try reason(agent, key: "", host: "other.example") == .unlimited)
        #expect(try agent.check([("host", "api.example.com"), ("path", "/v1/search")]).reason == .keyMissing)
        let rotated = try shop.send("POST", "/v1/keys/\(id)/rotate", ["overlap_seconds": 3_600])["key"]
        #expect(try eventually(within: 5) { try reason(agent, key: rotated) == .ok })
        #expect(try reason(agent, key: key) == .ok)
        start = clock.now
        _ = try shop.send("POST", "/v1/keys/\(id)/revoke")
        #expect(try eventually(within: 5) { try reason(agent, key: key) == .keyRevoked })
        let revoked = clock.now - start
        #expect(revoked < .seconds(5), "\(revoked)")
        #expect(try reason(agent, key: rotated) == .ok)
        // A consumer that is suspended has no plan until it is active again.
        _ = try shop.send("PATCH", "/v1/consumers/ada", ["state": "suspended"])
        #expect(try eventually(within: 5) { try reason(agent, key: rotated) == .noPlan })
        _ = try shop.send("PATCH", "/v1/consumers/ada", ["state": "active"])
        #expect(try eventually(within: 5) { try reason(agent, key: rotated) == .ok })
        // What was called is known of the consumer, by its ids.
        #expect(
            try eventually(within: 10) {
                try shop.send("GET", "/v1/keys/\(id)").body["last_used_at"] is String
            })
        let usage = try shop.collector.get("/v1/usage?by=consumer,contract,product,route&granularity=total").body
        #expect(usage.contains(signUp.inner("consumer", "id")), "\(usage)")
        #expect(usage.contains("\(signUp.inner("subscription", "id"))/1"))
    }
}

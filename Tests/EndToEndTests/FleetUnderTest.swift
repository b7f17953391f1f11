import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Agents that share a real Redis.
final class FleetUnderTest {
    let redis: RedisUnderTest
    private(set) var agents: [AgentUnderTest] = []
    private let settings: [String: String]

    /// Starts a Redis, unless one is given, and so many agents.
    init(_ count: Int, _ limits: String, _ settings: [String: String] = [:], redis: RedisUnderTest? = nil) throws {
        let redis = try redis ?? RedisUnderTest()
        self.redis = redis
        self.settings = [
            "WEIR_REDIS_URL": redis.url, "WEIR_LIMITS": limits, "WEIR_COLD_START": "trust",
            "WEIR_STORE_BUDGET": "200ms",
        ].merging(settings) { $1 }
        for _ in 0..<count { try add() }
    }

    /// One agent more, in the directories of an earlier one or in its own.
    @discardableResult
    func add(in directory: TemporaryDirectory? = nil) throws -> AgentUnderTest {
        let agent = try AgentUnderTest(settings, in: directory)
        agents.append(agent)
        // On a busy machine it may begin to serve before Redis has answered for every key.
        let isShared = try eventually(within: 20) { try agent.metric("weir_store_up") == 1 }
        try #require(isShared, "\(agent.program.log)")
        return agent
    }

    /// How many of so many checks an agent allows, one after the other over one connection.
    func allowed(_ count: Int, at agent: Int, _ attributes: [(String, String)] = [("ip", "192.0.2.1")]) throws -> Int {
        let client = try agents[agent].connect()
        return try (0..<count).count { _ in
            try agents[agent].check(attributes, over: client).verdict == .allow
        }
    }

    /// The answers to checks until one is as it should be, or time is over.
    func becomes(
        at agent: Int, _ attributes: [(String, String)] = [("ip", "192.0.2.1")], within seconds: Double = 10,
        _ isRight: (CheckAnswer) -> Bool
    ) throws -> Bool {
        try eventually(within: seconds) { try isRight(agents[agent].check(attributes)) }
    }
}

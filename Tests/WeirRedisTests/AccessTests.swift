import Foundation
import Testing
import WeirTestSupport

import WeirRedis

/// The user of `deploy/redis/agent.acl`: its rights suffice, and each of them is needed.
@Suite struct AccessTests {
    /// The words of the line behind the user's name, for this test's namespace and password.
    private static func line() throws -> [String] {
        let text = try String(contentsOfFile: "\(Programs.repository)/deploy/redis/agent.acl", encoding: .utf8)
        let words = text.split(whereSeparator: \.isWhitespace).dropFirst(2).map(String.init)
        return words.map { $0.replacing("PASSWORD", with: "secret").replacing(":weir:", with: ":t:") }
    }

    private static func rights() throws -> [String] { try line().filter { $0.hasPrefix("+") } }

    /// What a user with these words meets on every path that calls a command.
    private func trouble(_ redis: RedisUnderTest, _ words: [String]) async throws -> StoreTrouble? {
        try redis.ask("FLUSHALL")
        try redis.ask("SCRIPT", "FLUSH")
        let made = try RedisTalk(unix: redis.path).ask(["ACL", "SETUSER", "agent", "reset"] + words)
        #expect(made == "OK")
        let options = RedisOptions.testing {
            $0.user = "agent"
            $0.password = "secret"
        }
        var found: StoreTrouble?
        try await StoreUnderTest.with(redis.url, options) { store in
            for turn in 0..<4 where found == nil {
                for call in LeaseCall.everyPath(turn) {
                    if case .failure(let trouble) = await store.call(call) { found = found ?? trouble }
                }
                try? await Task.sleep(for: .milliseconds(3))  // leases of a millisecond
            }
        }
        return found
    }

    @Test func theRightsSuffice() async throws {
        let redis = try RedisUnderTest()
        #expect(try await trouble(redis, Self.line()) == nil)
    }

    @Test func eachRightIsNeeded() async throws {
        let redis = try RedisUnderTest()
        for right in try Self.rights() {
            let found = try await trouble(redis, Self.line().filter { $0 != right })
            #expect(found?.label == "noperm", "without \(right)")
        }
    }

    @Test func keysOfOtherNamespacesAreOutOfReach() async throws {
        let redis = try RedisUnderTest()
        let words = try Self.line().map { $0.replacing(":t:", with: ":other:") }
        #expect(try await trouble(redis, words)?.label == "noperm")
    }

    @Test func aDatabaseNeedsOneRightMore() async throws {
        let redis = try RedisUnderTest()
        let options = RedisOptions.testing {
            $0.user = "agent"
            $0.password = "secret"
        }
        for (more, label) in [([], "noperm"), (["+select"], nil as String?)] {
            _ = try RedisTalk(unix: redis.path).ask(["ACL", "SETUSER", "agent", "reset"] + Self.line() + more)
            try await StoreUnderTest.with(redis.url + "?db=1", options) { store in
                #expect(await store.trouble()?.label == label)
            }
        }
    }
}

extension LeaseCall {
    /// Calls that are known and new, for leases that are over and members that have left; all of them, over four turns.
    fileprivate static func everyPath(_ turn: Int) -> [LeaseCall] {
        var touch = touching(agent: "a\(turn % 2)")
        touch.asks = [packed([1000])]
        return [touch]
            + (1...3).map { kind in
                var call = touch
                let (num, per): (Int64, Int64) = kind == 2 ? (0, 1 << 52) : (1, 1_000_000)
                call.keys = [Array("key\(kind)".utf8)]
                call.asks = [packed([Int64(kind), Int64(turn) + 1, 0, 10, num, per, 0, 0, 0, 0, 1, 1, 0, 1000, 50])]
                return call
            }
    }
}

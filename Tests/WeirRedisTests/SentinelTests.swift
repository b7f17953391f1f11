import NIOCore
import Testing
import WeirTestSupport

import WeirRedis

/// The primary that real Sentinels name.
@Suite struct SentinelTests {
    private func node(_ store: StoreUnderTest) async -> RedisAddress? {
        guard case .success(let reply) = await store.call(.touching()) else { return nil }
        return reply.node
    }

    private func address(_ redis: RedisUnderTest) -> RedisAddress { .tcp(host: "127.0.0.1", port: redis.port) }

    @Test func aPrimaryThatDiesIsFollowedByItsReplica() async throws {
        let servers = try await RedisSentinelsUnderTest()
        try await StoreUnderTest.with(servers.url) { store in
            #expect(await store.answers())
            let before = try await store.call(.touching()).get()
            #expect(before.node == address(servers.primary))
            servers.sentinels[0].kill()
            servers.primary.kill()
            #expect(await holdsEventually(within: 30) { await node(store) == address(servers.replica) })
            let after = try await store.call(.touching()).get()
            #expect(after.run != before.run)
            #expect(store.events.contains(.nodes([address(servers.replica)])))
        }
    }

    @Test func aPrimaryThatIsDeposedIsLeft() async throws {
        let servers = try await RedisSentinelsUnderTest()
        try await StoreUnderTest.with(servers.url) { store in
            #expect(await holdsEventually { await node(store) == address(servers.primary) })
            try servers.sentinels[0].ask("SENTINEL", "FAILOVER", "weir")
            #expect(await holdsEventually(within: 30) { await node(store) == address(servers.replica) })
        }
    }

    @Test func aNameThatNoSentinelKnowsIsToldAndFoundLater() async throws {
        let redis = try RedisUnderTest(port: freePort())
        let sentinel = try RedisUnderTest([], port: freePort(), program: "redis-sentinel")
        try await StoreUnderTest.with("redis+sentinel://127.0.0.1:\(sentinel.port)/weir") { store in
            #expect(await store.trouble() == .unreachable(reason: "no Sentinel knows the name weir"))
            try sentinel.ask("SENTINEL", "MONITOR", "weir", "127.0.0.1", "\(redis.port)", "1")
            #expect(await store.answers())
        }
    }

    @Test func sentinelsThatAreGoneAreNamed() async throws {
        let port = freePort()
        try await StoreUnderTest.with("redis+sentinel://127.0.0.1:\(port)/weir") { store in
            #expect(
                await store.trouble()
                    == .unreachable(reason: "Sentinel 127.0.0.1:\(port): Connection refused"))
            #expect(await store.store.snapshot().trouble?.label == "unreachable")
        }
    }

    @Test func sentinelsHavePasswordsOfTheirOwn() async throws {
        let redis = try RedisUnderTest(port: freePort())
        let sentinel = try RedisUnderTest(
            ["requirepass secret", "sentinel monitor weir 127.0.0.1 \(redis.port) 1"], port: freePort(),
            program: "redis-sentinel")
        let url = "redis+sentinel://127.0.0.1:\(sentinel.port)/weir"
        try await StoreUnderTest.with(url) { store in #expect(await store.trouble()?.label == "noauth") }
        let wrong = RedisOptions.testing { $0.sentinelPassword = "hidden" }
        try await StoreUnderTest.with(url, wrong) { store in #expect(await store.trouble()?.label == "wrongpass") }
        let right = RedisOptions.testing { $0.sentinelPassword = "secret" }
        try await StoreUnderTest.with(url, right) { store in #expect(await store.trouble() == nil) }
    }

    @Test func aSentinelHasToGrantOneRight() async throws {
        let redis = try RedisUnderTest(port: freePort())
        let sentinel = try RedisUnderTest(
            ["sentinel monitor weir 127.0.0.1 \(redis.port) 1"], port: freePort(), program: "redis-sentinel")
        let options = RedisOptions.testing {
            $0.sentinelUser = "agent"
            $0.sentinelPassword = "secret"
        }
        let url = "redis+sentinel://127.0.0.1:\(sentinel.port)/weir"
        try sentinel.ask("ACL", "SETUSER", "agent", "on", ">secret", "-@all")
        try await StoreUnderTest.with(url, options) { store in
            let trouble = await store.trouble()
            #expect(
                trouble.map { "\($0)" }?.contains("'sentinel|get-master-addr-by-name'") == true,
                "\(String(describing: trouble))")
            try sentinel.ask("ACL", "SETUSER", "agent", "+sentinel|get-master-addr-by-name")
            #expect(await store.answers())
        }
    }
}

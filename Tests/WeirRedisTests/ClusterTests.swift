import NIOCore
import Testing
import WeirTestSupport

import WeirRedis

/// A real cluster of three nodes, while its slots move.
@Suite struct ClusterTests {
    private let tag = 5
    private var slot: Int { ClusterSlot.of(tag: tag) }

    private func address(_ redis: RedisUnderTest) -> RedisAddress { .tcp(host: "127.0.0.1", port: redis.port) }

    private func node(_ store: StoreUnderTest) async -> RedisAddress? {
        guard case .success(let reply) = await store.call(.touching(tag: tag)) else { return nil }
        return reply.node
    }

    /// Source and target of a slot's move that has begun.
    private func move(_ cluster: RedisClusterUnderTest) throws -> (from: RedisUnderTest, to: RedisUnderTest) {
        let from = cluster.owner(of: slot)
        let to = try #require(cluster.nodes.first { $0 !== from })
        try to.ask("CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", cluster.id(from))
        try from.ask("CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", cluster.id(to))
        return (from, to)
    }

    private func carry(_ key: String, _ from: RedisUnderTest, _ to: RedisUnderTest) throws {
        let moved = try from.ask("MIGRATE", "127.0.0.1", "\(to.port)", key, "0", "5000")
        #expect(moved == "OK")
    }

    private func finish(_ cluster: RedisClusterUnderTest, _ to: RedisUnderTest) throws {
        for node in [to] + cluster.nodes.filter({ $0 !== to }) {
            try node.ask("CLUSTER", "SETSLOT", "\(slot)", "NODE", cluster.id(to))
        }
    }

    @Test func eachTagIsAnsweredByTheNodeThatServesItsSlot() async throws {
        let cluster = try await RedisClusterUnderTest()
        try await StoreUnderTest.with("redis+cluster://127.0.0.1:\(cluster.nodes[1].port)") { store in
            for tag in 0..<LeaseKey.tags {
                let reply = try await store.call(.touching(tag: tag)).get()
                #expect(reply.node == address(cluster.owner(of: ClusterSlot.of(tag: tag))))
            }
            let slot = try cluster.nodes[0].ask("CLUSTER", "KEYSLOT", "{w005}:t:fence")
            #expect(slot == "\(self.slot)")
            #expect(await store.store.snapshot().nodes.count == 3)
        }
    }

    @Test func aSlotIsFollowedWhileItMovesAndAfter() async throws {
        let cluster = try await RedisClusterUnderTest()
        try await StoreUnderTest.with(cluster.url) { store in
            #expect(try await store.take(1, tag: tag).get().numbers[6] == 1)
            let (from, to) = try move(cluster)
            // The keys are still at the source.
            #expect(try await store.take(2, tag: tag).get().node == address(from))
            // Half of them have gone: neither node can run the script now (TRYAGAIN), and the call is given up after a while.
            try carry("{w005}:t:fence", from, to)
            let both = await store.take(3, tag: tag)
            #expect(both == .failure(.retrySoon(reply: "TRYAGAIN Multiple keys request during rehashing of slot")))
            // All have gone: the source sends the call on (ASK).
            try carry("{w005}:t:key", from, to)
            #expect(try await store.take(3, tag: tag).get().node == address(to))
            #expect(try await store.take(4, tag: tag).get().node == address(to))
            // The slot has moved: the source says so (MOVED), and the next call knows.
            try finish(cluster, to)
            let moved = try await store.take(5, tag: tag).get()
            #expect(moved.node == address(to))
            let info = try to.ask("INFO", "server")
            #expect(info.contains("run_id:" + String(decoding: moved.run, as: UTF8.self).prefix(40)))
        }
    }

    @Test func aCallThatMeetsTRYAGAINIsAnsweredOnceTheMoveGoesOn() async throws {
        let cluster = try await RedisClusterUnderTest()
        try await StoreUnderTest.with(cluster.url) { store in
            #expect(try await store.take(1, tag: tag).get().numbers[6] == 1)
            let (from, to) = try move(cluster)
            try carry("{w005}:t:fence", from, to)
            async let waits = store.take(2, tag: tag)
            try carry("{w005}:t:key", from, to)
            #expect(try await waits.get().node == address(to))
        }
    }

    @Test func aNodeThatJoinsIsFound() async throws {
        let cluster = try await RedisClusterUnderTest()
        try await StoreUnderTest.with(cluster.url) { store in
            #expect(await store.answers(tag: tag))
            let new = try await cluster.add()
            let from = cluster.owner(of: slot)
            try from.ask("DEL", "{w005}:t:fence")
            for node in [new] + cluster.nodes { try node.ask("CLUSTER", "SETSLOT", "\(slot)", "NODE", cluster.id(new)) }
            #expect(await holdsEventually { await node(store) == address(new) })
            #expect(await holdsEventually { await store.store.snapshot().nodes.count == 4 })
        }
    }

    @Test func aReplicaThatTakesTheSlotsOfADeadNodeIsFound() async throws {
        let cluster = try await RedisClusterUnderTest()
        let new = try await cluster.add()
        let owner = cluster.owner(of: slot)
        try new.ask("CLUSTER", "REPLICATE", cluster.id(owner))
        let follows = try await holdsEventually(within: 20) {
            try new.ask("INFO", "replication").contains("master_link_status:up")
        }
        #expect(follows)
        try await StoreUnderTest.with(cluster.url) { store in
            #expect(await store.answers(tag: tag))
            owner.kill()
            #expect(await holdsEventually(within: 30) { await node(store) == address(new) })
        }
    }

    @Test func aSlotThatNobodyServesIsNamed() async throws {
        let cluster = try await RedisClusterUnderTest(["--cluster-require-full-coverage", "no"])
        try await StoreUnderTest.with(cluster.url) { store in
            #expect(await store.answers(tag: tag))
            try cluster.owner(of: slot).ask("CLUSTER", "DELSLOTS", "\(slot)")
            #expect(await store.meets("clusterdown", tag: tag))
            let served = (0..<LeaseKey.tags).first { ClusterSlot.of(tag: $0) != slot } ?? 0
            #expect(await store.answers(tag: served))
            try cluster.owner(of: slot).ask("CLUSTER", "ADDSLOTS", "\(slot)")
            #expect(await store.answers(tag: tag))
        }
    }

    @Test func aClusterThatIsDownIsNamedAndFoundAgain() async throws {
        let cluster = try await RedisClusterUnderTest()
        try await StoreUnderTest.with(cluster.url) { store in
            #expect(await store.answers(tag: tag))
            let owner = cluster.owner(of: slot)
            let other = (0..<LeaseKey.tags).first { cluster.owner(of: ClusterSlot.of(tag: $0)) !== owner } ?? 0
            owner.kill()
            #expect(await store.meets("unreachable", tag: tag))
            #expect(await store.meets("clusterdown", tag: other))
            try owner.start()
            #expect(await store.answers(within: 30, tag: tag))
            #expect(await store.answers(within: 30, tag: other))
        }
    }

    @Test func theUserOfAClusterNeedsTwoRightsMore() async throws {
        let cluster = try await RedisClusterUnderTest()
        let rights = ["evalsha", "script|load", "info", "time", "hmget", "hgetall", "hset", "hdel", "del", "pexpire"]
        for node in cluster.nodes {
            let line = ["ACL", "SETUSER", "agent", "reset", "on", ">secret", "~{w*}:t:*"] + rights.map { "+" + $0 }
            try RedisTalk(unix: node.path).ask(line)
        }
        let options = RedisOptions.testing {
            $0.user = "agent"
            $0.password = "secret"
        }
        try await StoreUnderTest.with(cluster.url, options) { store in
            let trouble = await store.trouble(tag: tag)
            #expect(trouble.map { "\($0)" }?.contains("'cluster|slots'") == true)
            for node in cluster.nodes { try node.ask("ACL", "SETUSER", "agent", "+cluster|slots") }
            #expect(await store.answers(tag: tag))
            let (from, to) = try move(cluster)
            try carry("{w005}:t:fence", from, to)
            #expect(await store.trouble(tag: tag) != nil)
            for node in cluster.nodes { try node.ask("ACL", "SETUSER", "agent", "+asking") }
            #expect(await holdsEventually { await node(store) == address(to) })
        }
    }

    @Test func aServerThatIsNoClusterIsNamed() async throws {
        let redis = try RedisUnderTest(port: freePort())
        try await StoreUnderTest.with("redis+cluster://127.0.0.1:\(redis.port)") { store in
            #expect(await store.trouble() == .unknown(reply: "ERR This instance has cluster support disabled"))
        }
    }
}

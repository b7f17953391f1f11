import Foundation
import NIOCore
import Testing
import WeirTestSupport

import WeirRedis

/// Each class of replies, on a real server that was brought into that state, and that calls go on when it is mended.
@Suite struct TroubleTests {
    @Test func aServerThatLoadsIsTriedUntilItHasLoaded() async throws {
        let redis = try RedisUnderTest(["--rdbcompression", "no"])
        try redis.ask("EVAL", "for i = 1, 200 do redis.call('SET', i, string.rep('x', 1000)) end", "0")
        try redis.ask("SAVE")
        redis.kill()
        try redis.start(["--key-load-delay", "50000", "--loading-process-events-interval-bytes", "1024"], waits: false)
        try await StoreUnderTest.with(redis.url) { store in
            let isTold = await holdsEventually(within: 15) {
                _ = await store.trouble()
                return store.events.contains {
                    if case .trouble(_, let it) = $0 { it.label == "loading" } else { false }
                }
            }
            #expect(isTold, "\(store.events)")
            // While it loads it answers late, and may close what came in between.
            #expect(await holdsEventually { (try? redis.ask("CONFIG", "SET", "key-load-delay", "0")) == "OK" })
            #expect(await store.answers())
        }
    }

    @Test func aServerThatIsBusyIsTriedUntilItIsNot() async throws {
        let redis = try RedisUnderTest(["--busy-reply-threshold", "10"])
        try await StoreUnderTest.with(redis.url) { store in
            #expect(await store.answers())
            let other = try RedisTalk(unix: redis.path)
            other.send(["EVAL", "while true do end", "0"])
            #expect(await store.meets("busy"))
            try redis.ask("SCRIPT", "KILL")
            #expect(await store.answers())
        }
    }

    @Test func aPrimaryThatBecomesAReplicaIsLeftUntilItIsOneAgain() async throws {
        let redis = try RedisUnderTest()
        try await StoreUnderTest.with(redis.url) { store in
            let before = try await store.call(.touching()).get()
            try redis.ask("REPLICAOF", "127.0.0.1", "1")
            #expect(await store.meets("readonly"))
            try redis.ask("REPLICAOF", "NO", "ONE")
            #expect(await store.answers())
            // It is another life of the data: the connection is new, and has read that.
            #expect(try await store.call(.touching()).get().run != before.run)
        }
    }

    @Test func aReplicaThatHasLostItsPrimaryIsNamed() async throws {
        let redis = try RedisUnderTest(["--replica-serve-stale-data", "no"])
        try await StoreUnderTest.with(redis.url) { store in
            #expect(await store.answers())
            try redis.ask("REPLICAOF", "127.0.0.1", "1")
            #expect(await store.trouble()?.label == "masterdown")
            try redis.ask("REPLICAOF", "NO", "ONE")
            #expect(await store.answers())
        }
    }

    @Test func aServerThatIsFullIsTriedUntilThereIsRoom() async throws {
        let redis = try RedisUnderTest()
        try await StoreUnderTest.with(redis.url) { store in
            #expect(await store.answers())
            try redis.ask("CONFIG", "SET", "maxmemory", "1")
            #expect(await store.trouble()?.label == "oom")
            try redis.ask("CONFIG", "SET", "maxmemory", "0")
            // One call in about five seconds finds out; all others fail at once.
            #expect(await store.trouble()?.label == "oom")
            #expect(await store.answers())
            let told = store.events.filter { if case .trouble = $0 { true } else { false } }
            #expect(told.count == 1)
        }
    }

    @Test func aServerThatCannotSaveIsTriedUntilItCan() async throws {
        let redis = try RedisUnderTest()
        try await StoreUnderTest.with(redis.url) { store in
            #expect(await store.answers())
            // A snapshot cannot take the place of a directory that is not empty.
            try FileManager.default.createDirectory(
                atPath: redis.directory.file("dump.rdb/x"), withIntermediateDirectories: true)
            try redis.ask("CONFIG", "SET", "save", "3600 1")
            try redis.ask("BGSAVE")
            #expect(await store.meets("misconf"))
            try FileManager.default.removeItem(atPath: redis.directory.file("dump.rdb"))
            try redis.ask("BGSAVE")
            #expect(await store.answers())
        }
    }

    @Test func aPrimaryWithoutEnoughReplicasIsTriedUntilItHasThem() async throws {
        let redis = try RedisUnderTest()
        try await StoreUnderTest.with(redis.url) { store in
            #expect(await store.answers())
            try redis.ask("CONFIG", "SET", "min-replicas-to-write", "1")
            #expect(await store.meets("noreplicas"))
            try redis.ask("CONFIG", "SET", "min-replicas-to-write", "0")
            #expect(await store.answers())
        }
    }

    @Test func aPasswordThatIsMissingIsNamed() async throws {
        let redis = try RedisUnderTest(["--requirepass", "secret"])
        try await StoreUnderTest.with(redis.url) { store in
            #expect(await store.trouble()?.label == "noauth")
            let admin = try RedisTalk(unix: redis.path)
            try admin.ask(["AUTH", "secret"])
            try admin.ask(["CONFIG", "SET", "requirepass", ""])
            #expect(await store.answers())
        }
    }

    @Test func aPasswordThatIsWrongIsNamed() async throws {
        let redis = try RedisUnderTest()
        try redis.ask("ACL", "SETUSER", "weir", "on", ">secret", "~*", "+@all")
        let options = RedisOptions.testing {
            $0.user = "weir"
            $0.password = "hidden"
        }
        try await StoreUnderTest.with(redis.url, options) { store in
            let trouble = await store.trouble()
            #expect(trouble?.label == "wrongpass")
            #expect(!"\(store.events) \(await store.store.snapshot())".contains("hidden"))
            try redis.ask("ACL", "SETUSER", "weir", ">hidden")
            #expect(await store.answers())
        }
    }

    @Test func aRightThatIsMissingIsNamed() async throws {
        let redis = try RedisUnderTest()
        try redis.ask("ACL", "SETUSER", "weir", "on", ">secret", "~*", "+@all", "-info")
        let options = RedisOptions.testing {
            $0.user = "weir"
            $0.password = "secret"
        }
        try await StoreUnderTest.with(redis.url, options) { store in
            let trouble = await store.trouble()
            #expect(trouble?.label == "noperm")
            #expect(trouble.map { "\($0)".contains("'info'") } == true)
            try redis.ask("ACL", "SETUSER", "weir", "+info")
            #expect(await store.answers())
        }
    }

    @Test func aForeignValueUnderAKeyStopsNoOtherKey() async throws {
        let redis = try RedisUnderTest()
        try redis.ask("SET", "{w000}:t:key", "foreign")
        try await StoreUnderTest.with(redis.url) { store in
            let found = await store.take().failure
            #expect(found?.label == "wrongtype")
            #expect(await store.take(key: "other").failure == nil)
            #expect(await store.trouble() == nil)
            #expect(await store.store.snapshot().nodes[0].isReady)
            try redis.ask("DEL", "{w000}:t:key")
            #expect(await holdsEventually { await store.take().failure == nil })
        }
    }

    @Test func whatNobodyExpectsStopsNoOtherKey() async throws {
        let redis = try RedisUnderTest()
        try redis.ask("HSET", "{w000}:t:key", "state", "short")
        try await StoreUnderTest.with(redis.url) { store in
            let found = await store.take().failure
            guard case .unknown(let reply) = found else { return #expect(Bool(false), "\(String(describing: found))") }
            #expect(reply.utf8.count == 64)
            #expect(await store.take(key: "other").failure == nil)
        }
    }

    @Test func aReplyOfAClusterIsAnsweredWithWhatToWrite() async throws {
        let redis = try RedisUnderTest(
            ["--cluster-enabled", "yes", "--cluster-port", "\(freePort())"], port: freePort())
        try await StoreUnderTest.with(redis.url) { store in
            #expect(await store.trouble()?.label == "clusterdown")
        }
    }

    @Test func settingsThatWeakenTheBoundAreTold() async throws {
        let redis = try RedisUnderTest(["--maxmemory-policy", "allkeys-lru"])
        try await StoreUnderTest.with(redis.url) { store in
            #expect(await store.answers())
            let facts = try #require(await store.store.snapshot().nodes[0].facts)
            #expect(facts.warnings == [.eviction(policy: "allkeys-lru"), .persistence(hasSnapshot: false)])
            #expect(
                store.events.contains { event in
                    if case .warnings(_, let warnings) = event { warnings == facts.warnings } else { false }
                })
        }
    }

    @Test func replicasThatNothingWaitsForAreToldUntilSomethingDoes() async throws {
        let primary = try RedisUnderTest(["--appendonly", "yes"], port: freePort())
        let replica = try RedisUnderTest(["--replicaof", "127.0.0.1 \(primary.port)"])
        let follows = try await holdsEventually(within: 20) {
            try replica.ask("INFO", "replication").contains("master_link_status:up")
        }
        #expect(follows)
        try await StoreUnderTest.with(primary.url) { store in
            #expect(await store.answers())
            #expect(await store.store.snapshot().nodes[0].facts?.warnings == [.replicas(1)])
            try primary.ask("CONFIG", "SET", "min-replicas-to-write", "1")
            let address = RedisAddress.unix(path: primary.path)
            #expect(await holdsEventually(within: 20) { store.events.contains(.warnings(address, [])) })
        }
    }

    @Test func theRecommendedSettingsWeakenNothing() async throws {
        let file = "\(Programs.repository)/deploy/redis/redis.conf"
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").filter {
            !$0.hasPrefix("#")
        }
        let redis = try RedisUnderTest(
            lines.flatMap { ["--" + $0.split(separator: " ")[0], String($0.split(separator: " ")[1])] })
        try await StoreUnderTest.with(redis.url) { store in
            #expect(await store.answers())
            #expect(await store.store.snapshot().nodes[0].facts?.warnings == [])
        }
    }
}

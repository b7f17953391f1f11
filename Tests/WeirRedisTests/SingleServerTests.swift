import NIOCore
import Testing
import WeirTestSupport

import WeirRedis

/// The store over one real server.
@Suite struct SingleServerTests {
    @Test func aCallIsAnsweredByTheScript() async throws {
        let redis = try RedisUnderTest()
        try await StoreUnderTest.with(redis.url) { store in
            let fence = try await store.call(.touching()).get()
            #expect(fence.numbers.count == 5)
            #expect(fence.numbers[0] == 1)
            #expect(fence.numbers[2] == 1)
            let reply = try await store.take().get()
            #expect(reply.numbers.count == 13)
            #expect(Array(reply.numbers[5..<7]) == [0, 1])
            #expect(reply.roundTripNanoseconds > 0)
            let info = try redis.ask("INFO").split(whereSeparator: \.isNewline)
            let id = info.first { $0.hasPrefix("run_id:") }?.dropFirst(7) ?? ""
            let replication = info.first { $0.hasPrefix("master_replid:") }?.dropFirst(14) ?? ""
            #expect(String(decoding: reply.run, as: UTF8.self) == "\(id):\(replication)")
            let known = try redis.ask("HGET", "{w000}:t:fence", "run")
            #expect(known == "\(id):\(replication)")
            let exists = try redis.ask("EXISTS", "{w000}:t:key")
            #expect(exists == "1")
        }
    }

    @Test func aServerIsReachedOverTCP() async throws {
        let redis = try RedisUnderTest(port: freePort())
        try await StoreUnderTest.with("redis://localhost:\(redis.port)") { store in
            #expect(await store.answers())
        }
    }

    @Test func aDatabaseIsSelected() async throws {
        let redis = try RedisUnderTest()
        try await StoreUnderTest.with(redis.url + "?db=3") { store in
            #expect(await store.answers())
            let databases = try redis.ask("INFO", "keyspace")
            #expect(databases.contains("db3:keys=1"))
        }
    }

    @Test func aDatabaseThatDoesNotExistIsNamed() async throws {
        let redis = try RedisUnderTest()
        try await StoreUnderTest.with(redis.url + "?db=99") { store in
            #expect(await store.take().failure == .unknown(reply: "ERR DB index is out of range"))
        }
    }

    @Test func callsOfDifferentNamespacesDoNotMeet() async throws {
        let redis = try RedisUnderTest()
        for namespace in ["one", "two"] {
            try await StoreUnderTest.with(redis.url, .testing { $0.namespace = namespace }) { store in
                #expect(await store.answers())
            }
        }
        let keys = try redis.ask("KEYS", "*").split(separator: "\n")
        #expect(Set(keys) == ["{w000}:one:fence", "{w000}:two:fence"])
    }

    @Test func aServerThatIsKilledIsReachedAgain() async throws {
        let redis = try RedisUnderTest()
        try await StoreUnderTest.with(redis.url) { store in
            let before = try await store.take().get()
            redis.kill()
            #expect(await store.meets("unreachable"))
            try redis.start()
            #expect(await store.answers())
            let after = try await store.take().get()
            #expect(before.run != after.run)
            #expect(await store.store.snapshot().nodes[0].reconnects > 0)
            #expect(store.events.contains { if case .trouble(_, .unreachable) = $0 { true } else { false } })
        }
    }

    @Test func aServerThatHangsTimesOutAndIsReachedAgain() async throws {
        let redis = try RedisUnderTest()
        try await StoreUnderTest.with(redis.url, .testing { $0.commandTimeout = .milliseconds(100) }) { store in
            #expect(await store.answers())
            redis.pause()
            #expect(await store.trouble() == .timedOut)
            let refused = await store.trouble()
            #expect(refused == .timedOut)
            redis.resume()
            #expect(await store.answers())
        }
    }

    @Test func aServerThatIsNotThereIsNamed() async throws {
        try await StoreUnderTest.with("unix:/nonexistent/redis.sock") { store in
            #expect(await store.trouble() == .unreachable(reason: "No such file or directory"))
        }
        try await StoreUnderTest.with("redis://127.0.0.1:\(freePort())") { store in
            #expect(await store.trouble() == .unreachable(reason: "Connection refused"))
        }
        try await StoreUnderTest.with("redis://nobody.invalid") { store in
            #expect(await store.trouble() == .unreachable(reason: "the name nobody.invalid has no address"))
        }
    }

    @Test func callsBeforeTheStartAreAnsweredAfterIt() async throws {
        let redis = try RedisUnderTest()
        let store = try StoreUnderTest(redis.url)
        async let early = store.call(.touching())
        // It has come to the store, which knows no server yet.
        _ = await store.store.snapshot()
        store.store.start()
        _ = try await early.get()
        await store.store.stop()
    }

    @Test func callsAfterTheEndFailAtOnce() async throws {
        let redis = try RedisUnderTest()
        let store = try StoreUnderTest(redis.url)
        store.store.start()
        #expect(await store.answers())
        await store.store.stop()
        #expect(await store.trouble() == .unreachable(reason: "the agent stops"))
    }

    @Test func aScriptThatTheServerForgotIsLoadedAgain() async throws {
        let redis = try RedisUnderTest()
        try await StoreUnderTest.with(redis.url) { store in
            #expect(await store.answers())
            try redis.ask("SCRIPT", "FLUSH")
            async let first = store.take(1, key: "one")
            async let second = store.take(1, key: "two")
            let granted = try await [first.get().numbers[6], second.get().numbers[6]]
            #expect(granted == [1, 1])
        }
    }

    @Test func aReplicationIdThatChangesWhileTheConnectionStandsIsReadAgain() async throws {
        let redis = try RedisUnderTest(["--enable-debug-command", "yes"])
        try await StoreUnderTest.with(redis.url) { store in
            let before = try await store.call(.touching()).get()
            try redis.ask("DEBUG", "CHANGE-REPL-ID")
            let isRead = try await holdsEventually(within: 20) {
                try await store.call(.touching()).get().run != before.run
            }
            #expect(isRead)
            #expect(await store.store.snapshot().nodes[0].reconnects == 0)
        }
    }

    @Test func anAnswerThatIsFrozenMakesTheIdBeReadAgainSoon() async throws {
        let redis = try RedisUnderTest(["--enable-debug-command", "yes"])
        try await StoreUnderTest.with(redis.url) { store in
            var call = LeaseCall.touching()
            call.freezeMicroseconds = 60_000_000
            let before = try await store.call(call).get()
            try redis.ask("DEBUG", "CHANGE-REPL-ID")
            try redis.ask("HSET", "{w000}:t:fence", "run", "of an agent that has connected since")
            let isRead = try await holdsEventually(within: 3) { try await store.call(call).get().run != before.run }
            #expect(isRead)
        }
    }
}

import NIOCore
import NIOPosix
import Testing
import WeirTestSupport

import WeirRedis

/// What a server gets to see of calls, and how often.
@Suite struct PipelineTests {
    @Test func allCallsOfATurnLeaveInOneWrite() async throws {
        let server = try await FakeRedis(.answers)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let store = LeaseStore(url: try RedisURL(server.url), options: .testing, group: group)
        store.start()
        let first = group.next().makePromise(of: LeaseReply.self)
        store.call(.touching()) { first.completeWith($0.mapError { $0 }) }
        _ = try await first.futureResult.get()
        let replies = try await group.next().flatSubmit { () -> EventLoopFuture<[LeaseReply]> in
            let promises = (0..<50).map { index in
                let promise = group.next().makePromise(of: LeaseReply.self)
                store.call(.taking(1, tag: index)) { promise.completeWith($0.mapError { $0 }) }
                return promise.futureResult
            }
            return EventLoopFuture.whenAllSucceed(promises, on: group.next())
        }.get()
        #expect(replies.count == 50)
        #expect(server.batches == [1, 50])
        await store.stop()
        await server.close()
        try await group.shutdownGracefully()
    }

    @Test func aCallThatIsNotAnsweredIsNotSentTwice() async throws {
        let server = try await FakeRedis(.isSilent)
        try await StoreUnderTest.with(server.url, .testing { $0.commandTimeout = .milliseconds(50) }) { store in
            let trouble = await store.trouble()
            #expect(trouble == .timedOut)
            #expect(await holdsEventually { server.connections.count == 2 })
            #expect(server.batches == [1])
        }
        await server.close()
    }

    @Test func aServerThatHangsUpIsTriedAtMostOnceIn100Milliseconds() async throws {
        let server = try await FakeRedis(.hangsUp)
        try await StoreUnderTest.with(server.url) { store in
            #expect(await holdsEventually { server.connections.count >= 5 })
            let times = server.connections
            let gaps = zip(times.dropFirst(), times).map { ($0 - $1).nanoseconds / 1_000_000 }
            // Accepting may lag behind on a busy machine, and so come closer to the next.
            #expect(gaps.reduce(0, +) >= 100 * Int64(gaps.count) - 50, "\(gaps)")
            #expect(await store.trouble()?.label == "unreachable")
        }
        await server.close()
    }
}

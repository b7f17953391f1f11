import Testing
import WeirCore
import WeirTestSupport

import WeirRedis

/// The agent's side of a lease before a real Redis: what agents do with it will be what is done here.
@Suite struct SharedBucketTests {
    /// One agent: its lease of one bucket, and its way to the store.
    private final class Agent {
        private let store: StoreUnderTest
        private let name: String
        private let terms: LimitTerms
        private let pace: LeasePace
        private var lease: SharedLease
        private var fence = FenceView()

        init(_ store: StoreUnderTest, name: String, _ terms: LimitTerms) {
            (self.store, self.name, self.terms) = (store, name, terms)
            lease = SharedLease(.bucket, terms, now: 0)
            var pace = LeasePace()
            // What an agent holds when its lease ends is gone: on a machine that is busy a second is soon over.
            pace.life = 600_000_000
            self.pace = pace
        }

        private var now: Int64 {
            let passed = ContinuousClock.now.duration(to: Self.start) * -1
            return passed.components.seconds * 1_000_000 + passed.components.attoseconds / 1_000_000_000_000
        }
        private static let start = ContinuousClock.now

        /// Whether a check of one token passes, after a trip to the store where one is needed.
        func check() async throws -> Bool {
            while true {
                switch lease.find(1, now: now) {
                case .held:
                    lease.spend(1, now: now)
                    if lease.isDue(now: now, pace) { _ = try await call(need: 0) }
                    return true
                case .denied: return false
                case .waits:
                    if try await call(need: 1) { return false }
                }
            }
        }

        /// Gives back what it holds and does not want.
        func rest() async throws { if lease.isDue(now: now, pace) { _ = try await call(need: 0) } }

        /// Returns whether checks that wait are denied.
        private func call(need: Int64) async throws -> Bool {
            if need > 0 { lease.park(need) }
            let ask = lease.makeCall(now: now, pace)
            let sentAt = now
            let reply = try await store.call(
                LeaseCall(
                    tag: 7, epoch: fence.epoch, seen: fence.operations, latest: fence.latest(now: sentAt, pace),
                    trust: true,
                    freezeMicroseconds: 2_000_000, agent: Array(name.utf8), keys: [Array("shared".utf8)],
                    asks: [LeaseCall.packed(ask.numbers)])
            ).get()
            let isFence = fence.take(reply.numbers[..<FenceView.count], sentAt: sentAt, now: now)
            #expect(isFence)
            let answer = try #require(LeaseAnswer(reply.numbers[FenceView.count...]))
            #expect(answer.outstanding + answer.level <= terms.capacity)
            let outcome = lease.take(answer, sequence: ask.sequence, now: now, pace)
            lease.unpark()
            #expect(outcome.isTaken)
            return outcome.deniesWaiting
        }
    }

    /// A call that the machine delays by more than a quarter of a second is taken for a jump of the store's clock, and the bucket begins
    /// empty behind the fence: never too many, but not all of it. Then it is tried again, with a store of its own.
    @Test func agentsThatShareABucketAdmitWhatItHoldsAndNotOneMore() async throws {
        var attempts: [Int] = []
        while attempts.last != 20, attempts.count < 6 { attempts.append(try await admitted(of: 20)) }
        #expect(attempts.allSatisfy { $0 <= 20 }, "\(attempts)")
        #expect(attempts.last == 20, "\(attempts)")
    }

    /// How many four agents admit of a bucket that holds so many, and makes one more in an hour.
    private func admitted(of capacity: Int64) async throws -> Int {
        let redis = try RedisUnderTest()
        let terms = try #require(LimitTerms(capacity: capacity, tokens: 1, microseconds: 3_600_000_000))
        var admitted = 0
        try await StoreUnderTest.with(redis.url) { store in
            let agents = (0..<4).map { Agent(store, name: "agent\($0)", terms) }
            _ = await holdsEventually(within: 20) {
                for agent in agents {
                    if (try? await agent.check()) == true { admitted += 1 } else { try? await agent.rest() }
                }
                return admitted >= capacity
            }
            for _ in 0..<25 {
                for agent in agents where try await agent.check() { admitted += 1 }
            }
        }
        return admitted
    }
}

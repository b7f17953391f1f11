import NIOCore
import NIOPosix
import Synchronization
import WeirTestSupport

import WeirRedis

/// A store with what it has told, for one test.
final class StoreUnderTest: Sendable {
    let store: LeaseStore
    private let told: Events

    private final class Events: Sendable {
        let list = Mutex<[StoreEvent]>([])
    }

    init(_ url: String, _ options: RedisOptions = .testing) throws {
        let told = Events()
        self.told = told
        store = LeaseStore(
            url: try RedisURL(url), options: options, group: MultiThreadedEventLoopGroup.singleton,
            onEvent: { event in told.list.withLock { $0.append(event) } })
    }

    /// Runs a test's body with the store started, and stops it.
    static func with(
        _ url: String, _ options: RedisOptions = .testing, _ body: (StoreUnderTest) async throws -> Void
    ) async throws {
        let store = try StoreUnderTest(url, options)
        store.store.start()
        do {
            try await body(store)
        } catch {
            await store.store.stop()
            throw error
        }
        await store.store.stop()
    }

    var events: [StoreEvent] { told.list.withLock { $0 } }

    func call(_ call: LeaseCall) async -> Result<LeaseReply, StoreTrouble> {
        await withCheckedContinuation { continuation in
            store.call(call) { continuation.resume(returning: $0) }
        }
    }

    /// Asks for one token of a bucket of ten, in vain or not.
    func take(_ sequence: Int64 = 1, tag: Int = 0, key: String = "key") async -> Result<LeaseReply, StoreTrouble> {
        await call(.taking(sequence, tag: tag, key: key))
    }

    /// The trouble that a call meets, nil for none.
    func trouble(tag: Int = 0) async -> StoreTrouble? {
        await call(.touching(tag: tag)).failure
    }

    /// Waits until calls are answered.
    func answers(within seconds: Double = 15, tag: Int = 0) async -> Bool {
        await holdsEventually(within: seconds) { await trouble(tag: tag) == nil }
    }

    /// Waits until calls meet a trouble with this label.
    func meets(_ label: String, within seconds: Double = 15, tag: Int = 0) async -> Bool {
        await holdsEventually(within: seconds) { await trouble(tag: tag)?.label == label }
    }
}

extension LeaseCall {
    /// Makes the caller known at a tag's fence, as one who trusts a new store.
    static func touching(tag: Int = 0, agent: String = "a") -> LeaseCall {
        LeaseCall(
            tag: tag, epoch: 0, seen: 0, latest: 0, trust: true, freezeMicroseconds: 0, agent: Array(agent.utf8),
            keys: [],
            // Longer than any test takes: a member that has left is removed, and a script that has written may go on writing.
            asks: [packed([3_600_000_000])])
    }

    /// Asks for one token of a bucket of ten that makes one a second.
    static func taking(_ sequence: Int64, tag: Int = 0, key: String = "key") -> LeaseCall {
        var call = touching(tag: tag)
        call.keys = [Array(key.utf8)]
        call.asks = [packed([1, sequence, 0, 10, 1, 1_000_000, 0, 0, 0, 0, 1, 1, 0, 1_000_000, 50])]
        return call
    }
}

extension RedisOptions {
    /// Patient, as the machine that tests is busy.
    static var testing: RedisOptions { testing { _ in } }

    static func testing(_ change: (inout RedisOptions) -> Void) -> RedisOptions {
        var options = RedisOptions(namespace: "t")
        options.commandTimeout = .seconds(5)
        options.connectTimeout = .seconds(5)
        change(&options)
        return options
    }
}

extension Result {
    /// Why there is no value.
    var failure: Failure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}

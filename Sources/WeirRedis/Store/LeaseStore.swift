package import NIOCore
import Synchronization

/// The shared lease store: one Redis, the primary that Sentinels name, or a cluster, reached over one connection to each node.
///
/// It connects by itself, again whenever a connection breaks, and says of each call either what the script answered or
/// why there is no answer. A call is never sent twice on a time-out; only replies that say that it has not run (NOSCRIPT,
/// MOVED, ASK, TRYAGAIN) are followed. Everything happens on one event loop; `call` may be made from any thread.
package final class LeaseStore: Sendable {
    /// Calls that wait for the loop, or to be told where they go, at most; more fail with `overloaded`.
    static let maximumWaiting = 16384

    private struct Inbox: ~Copyable {
        var errands: [Errand] = []
        var isScheduled = false
        var isStopped = false
    }

    private let url: RedisURL
    private let options: RedisOptions
    private let loop: any EventLoop
    private let inbox = Mutex(Inbox())
    private let core: NIOLoopBoundBox<StoreCore>

    /// Makes a store; nothing happens before `start`.
    ///
    /// - options: user and password win over the URL's.
    /// - onEvent: called on the loop, and may not block.
    package init(
        url: RedisURL, options: RedisOptions, group: any EventLoopGroup,
        onEvent: @escaping @Sendable (StoreEvent) -> Void = { _ in }
    ) {
        self.url = url
        self.options = options
        let loop = group.next()
        self.loop = loop
        core = .makeBoxSendingValue(StoreCore(loop: loop, onEvent: onEvent), eventLoop: loop)
    }

    /// Begins to connect.
    package func start() {
        loop.execute { self.core.value.start(self.url, self.options) }
    }

    /// Closes all connections; calls that have no answer yet fail with `unreachable`, as do all that come.
    package func stop() async {
        inbox.withLock { $0.isStopped = true }
        try? await loop.submit { self.core.value.stop() }.get()
    }

    /// Sends a call with all others of the same turn of the loop.
    ///
    /// - completion: called once, on the loop; it may not block.
    package func call(
        _ call: LeaseCall, completion: @escaping @Sendable (Result<LeaseReply, StoreTrouble>) -> Void
    ) {
        let refusal: StoreTrouble? = inbox.withLock { inbox in
            if inbox.isStopped { return .unreachable(reason: "the agent stops") }
            if inbox.errands.count >= Self.maximumWaiting { return .overloaded }
            inbox.errands.append(Errand(call, completion: completion))
            if !inbox.isScheduled {
                inbox.isScheduled = true
                loop.execute { self.drain() }
            }
            return nil
        }
        if let refusal { completion(.failure(refusal)) }
    }

    /// How the store does at this moment.
    package func snapshot() async -> StoreSnapshot {
        let snapshot = try? await loop.submit { self.core.value.snapshot }.get()
        return snapshot ?? StoreSnapshot(nodes: [], trouble: .unreachable(reason: "the agent stops"))
    }

    private func drain() {
        let errands = inbox.withLock { inbox in
            defer { inbox.errands = [] }
            inbox.isScheduled = false
            return inbox.errands
        }
        core.value.call(errands)
    }
}

import WeirCore
import WeirStore

/// Holds the questions of agents that have something they do not use, until somebody wants it.
///
/// A wish that came to this collector is told at once; one that came to another on the same database is seen within half a second.
actor RecallFeed {
    /// How often the database is looked at for each agent that waits.
    private static let pace: Duration = .milliseconds(500)

    private let store: WindowStore
    private var sleepers: [UInt64: CheckedContinuation<Void, Never>] = [:]
    private var last: UInt64 = 0
    private var isClosed = false

    init(_ store: WindowStore) { self.store = store }

    /// Somebody waits for something.
    func look() {
        for sleeper in sleepers.values { sleeper.resume() }
        sleepers.removeAll()
    }

    /// The collector stops: nobody waits any more.
    func close() {
        isClosed = true
        look()
    }

    /// Grants that others wait for; none when nobody does within so long.
    func grants(of incarnation: Hash128, wait: Duration) async throws -> [String] {
        let clock = ContinuousClock()
        let end = clock.now + wait
        while true {
            let grants = try await store.recalls(of: incarnation)
            let left = clock.now.duration(to: end)
            if !grants.isEmpty || left <= .zero || isClosed || Task.isCancelled { return grants }
            await sleep(min(left, Self.pace))
        }
    }

    private func sleep(_ duration: Duration) async {
        last += 1
        let number = last
        let timer = Task { [weak self] in
            try? await Task.sleep(for: duration)
            await self?.wake(number)
        }
        defer { timer.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if isClosed || Task.isCancelled { return continuation.resume() }
                sleepers[number] = continuation
            }
        } onCancel: {
            Task { await self.wake(number) }
        }
    }

    private func wake(_ number: UInt64) { sleepers.removeValue(forKey: number)?.resume() }
}

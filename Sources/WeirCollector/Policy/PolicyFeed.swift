import FoundationEssentials
import Synchronization
import WeirStore

/// Tells agents of changes: holds their questions until there is one, and wakes them all at once.
///
/// A change that this collector makes is told at once. One that another collector makes on the same database is seen by looking at the
/// version's row, twice a second, while anybody waits.
actor PolicyFeed {
    /// Questions that wait at once; one more is told to come again.
    static let maximumWaiting = 10_000
    /// How often the version's row is looked at.
    private static let pace: Duration = .milliseconds(500)

    private let database: any SQLDatabase
    private let now: @Sendable () -> Date
    private var known: Int64 = 0
    private var waiting: [UInt64: Waiter] = [:]
    private var lastWaiter: UInt64 = 0
    private var isLooking = false
    /// Documents of the version that is known, by what they begin at and who may see them: agents mostly ask for the same.
    private var documents: [Key: Task<[UInt8], any Error>] = [:]

    private struct Key: Hashable {
        let since: Int64
        let namespace: String?
    }
    private static let maximumDocuments = 16

    private struct Waiter {
        let since: Int64
        let continuation: CheckedContinuation<Bool, Never>
    }

    private var isClosed = false

    /// There are too many that wait.
    struct Crowded: Error {}

    init(_ database: any SQLDatabase, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.now = now
    }

    /// Looks whether there is a change, and wakes who waits for it.
    func look() async {
        guard let version = try? await version() else { return }
        learn(version)
    }

    /// Tells all that wait that nothing has changed, and lets nobody wait any more: the collector stops.
    func close() {
        isClosed = true
        for waiter in waiting.values { waiter.continuation.resume(returning: false) }
        waiting.removeAll()
    }

    private func version() async throws(StoreError) -> Int64 { try await standing(0, nil).version }

    /// The version that there is, and whether another one was given here.
    private func standing(
        _ since: Int64, _ epoch: String?
    ) async throws(StoreError) -> (version: Int64, isGiven: Bool) {
        let before = known
        let found = try await database.read { connection throws(StoreError) in
            let catalogue = Catalogue(connection, now: 0, identifier: Identifier { 0 })
            return (version: try catalogue.policyVersion(), isGiven: try catalogue.hasGiven(since, in: epoch))
        }
        guard found.version < before else { return found }
        // It was restored from a backup while this collector ran: what it gives from now on is something else.
        try await Self.beginEpoch(database)
        return found
    }

    /// Begins an epoch of the policy: versions that were given and are not in the database are nobody's from now on.
    static func beginEpoch(_ database: any SQLDatabase) async throws(StoreError) {
        let id = UUID().uuidString.lowercased()
        try await database.write { connection throws(StoreError) in
            try Catalogue(connection, now: 0, identifier: Identifier { 0 }).beginEpoch(id)
        }
    }

    private func learn(_ version: Int64) {
        if version != known {
            known = version
            documents.removeAll()
        }
        for (number, waiter) in waiting where waiter.since != known {
            waiting[number] = nil
            waiter.continuation.resume(returning: true)
        }
    }

    /// The document of what has changed since a version; nil when nothing has within so long.
    ///
    /// - Parameters:
    ///   - epoch: the asker's; the whole is what he gets where his version is not one that was given in it here.
    ///   - namespace: whose agents see it; nil for those that see all.
    func document(
        since: Int64, epoch: String?, wait: Duration, seenBy namespace: String? = nil
    ) async throws -> [UInt8]? {
        let standing = try await standing(since, epoch)
        learn(standing.version)
        guard standing.isGiven else { return try await loaded(Key(since: 0, namespace: namespace)) }
        if known == since {
            guard wait > .zero, !isClosed else { return nil }
            guard waiting.count < Self.maximumWaiting else { throw Crowded() }
            guard await change(after: since, within: wait) else { return nil }
        }
        return try await loaded(Key(since: since, namespace: namespace))
    }

    private func change(after since: Int64, within wait: Duration) async -> Bool {
        lastWaiter += 1
        let number = lastWaiter
        startLooking()
        let timer = Task { [weak self] in
            try? await Task.sleep(for: wait)
            await self?.giveUp(number)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if known != since || Task.isCancelled || isClosed {
                    return continuation.resume(returning: known != since)
                }
                waiting[number] = Waiter(since: since, continuation: continuation)
            }
        } onCancel: {
            // Its client has gone, or the collector stops.
            Task { await self.giveUp(number) }
        }
    }

    private func giveUp(_ number: UInt64) {
        waiting.removeValue(forKey: number)?.continuation.resume(returning: false)
    }

    /// Looks at the version's row for as long as anybody waits.
    private func startLooking() {
        guard !isLooking else { return }
        isLooking = true
        Task { [weak self] in
            while true {
                try? await Task.sleep(for: Self.pace)
                guard let self, await self.lookAgain() else { return }
            }
        }
    }

    private func lookAgain() async -> Bool {
        await look()
        if waiting.isEmpty { isLooking = false }
        return isLooking
    }

    private func loaded(_ key: Key) async throws -> [UInt8] {
        if let task = documents[key] { return try await task.value }
        let seconds = Int64(now().timeIntervalSince1970)
        let task = Task.detached { [database] in
            let changes = try await database.read { connection throws(StoreError) in
                let catalogue = Catalogue(connection, now: seconds, identifier: Identifier { 0 })
                guard let namespace = key.namespace else { return try catalogue.changes(since: key.since) }
                return try catalogue.changes(since: key.since, seenBy: namespace)
            }
            return PolicyDocumentText.bytes(changes)
        }
        if documents.count >= Self.maximumDocuments { documents.removeAll() }
        documents[key] = task
        do {
            return try await task.value
        } catch {
            documents[key] = nil
            throw error
        }
    }
}

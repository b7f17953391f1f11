import Logging
import NIOCore
import NIOPosix
import Synchronization
import WeirCore
import WeirRedis
import WeirSettings

/// The store that agents share, as its settings describe it: its connections, and the one thread that they live on.
final class SharedStore: Sendable {
    let url: RedisURL
    let group: MultiThreadedEventLoopGroup
    let store: LeaseStore
    let status = StoreStatus()
    private let settings: StoreSettings
    /// Called on the loop when a server takes calls, for the first time or again.
    private let onReady = Mutex<(@Sendable () -> Void)?>(nil)
    private let replicas = Atomic(false)

    /// The longest that a primary which was replaced may go on granting, where there are replicas and nobody says.
    private static let deposedWithReplicas: Int64 = 10_000_000

    /// - Throws: what is wrong with the URL or with the files that the settings name.
    init(_ settings: StoreSettings, namespace: String, logger: Logger) throws(SettingsError) {
        url = try Self.url(settings.url)
        self.settings = settings
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var options = RedisOptions(namespace: namespace)
        func text(_ value: String) -> String? { value.isEmpty ? nil : value }
        options.user = text(settings.user)
        options.password = text(settings.password)
        options.sentinelUser = text(settings.sentinelUser)
        options.sentinelPassword = text(settings.sentinelPassword)
        options.authorityFile = text(settings.authority)
        options.certificateFile = text(settings.certificate)
        options.keyFile = text(settings.key)
        options.serverName = text(settings.serverName)
        options.connectTimeout = .microseconds(settings.connectTimeout.microseconds)
        options.commandTimeout = .microseconds(settings.commandTimeout.microseconds)
        let events = Events()
        store = LeaseStore(url: url, options: options, group: group) { events.handle($0) }
        events.store.withLock { $0 = self }
        events.logger.withLock { $0 = logger }
    }

    /// Events come while the store is made; they find it here, weakly, as it owns who tells them.
    private final class Events: Sendable {
        let store = Mutex<SharedStore?>(nil)
        let logger = Mutex<Logger?>(nil)

        func handle(_ event: StoreEvent) {
            guard let store = store.withLock({ $0 }), let logger = logger.withLock({ $0 }) else { return }
            store.note(event, logger)
        }
    }

    /// Reads the address of a store.
    static func url(_ text: String) throws(SettingsError) -> RedisURL {
        do throws(RedisURLError) { return try RedisURL(text) } catch {
            throw SettingsError(["WEIR_REDIS_URL: \(error)"])
        }
    }

    /// For how long nothing is granted after a loss: longer than any lease of before may be spent, or granted by a primary that was
    /// replaced, by whatever clock.
    var freezeMicroseconds: Int64 {
        let deposed =
            settings.deposed?.microseconds ?? (replicas.load(ordering: .relaxed) ? Self.deposedWithReplicas : 0)
        return (SharedAuthority.longestRateLease + deposed) / 10 * 12 + 300_000
    }

    var trustsNewStore: Bool { settings.coldStart == .trust }

    func start(onReady: @escaping @Sendable () -> Void) {
        self.onReady.withLock { $0 = onReady }
        store.start()
    }

    /// Closes its connections and ends its thread.
    func stop() async {
        await store.stop()
        try? await group.shutdownGracefully()
    }

    private func note(_ event: StoreEvent, _ logger: Logger) {
        switch event {
        case .ready(let address, let facts):
            if facts.replicas > 0 { replicas.store(true, ordering: .relaxed) }
            status.update { state in
                state.trouble = nil
                if !state.servers.contains("\(address)") { state.servers.append("\(address)") }
            }
            logger.info("the shared store answers: \(address), Redis \(facts.version)")
            onReady.withLock { $0 }?()
        case .trouble(let address, let trouble):
            status.update { state in
                state.trouble = "\(address): \(trouble)"
                state.servers.removeAll { $0 == "\(address)" }
            }
            logger.warning("the shared store does not answer: \(address): \(trouble); outage policies decide")
        case .warnings(let address, let warnings):
            status.update { state in
                state.warnings.removeAll { $0.hasPrefix("\(address): ") }
                state.warnings += warnings.map { "\(address): \($0)" }
            }
            for warning in warnings { logger.warning("\(address): \(warning)") }
        case .nodes(let addresses):
            status.update { state in state.servers.removeAll { server in !addresses.contains { "\($0)" == server } } }
            logger.info("the shared store is at \(addresses.map(\.description).joined(separator: ", "))")
        case .lost(let trouble):
            status.update { $0.trouble = "\(trouble)" }
            logger.warning("nobody says where the shared store is: \(trouble); outage policies decide")
        }
    }
}

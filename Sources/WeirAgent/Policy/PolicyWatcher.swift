import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals
import WeirCalendar
import WeirCore
import WeirSettings

/// Follows the policy's file through writes, renames and swapped links, and reloads on SIGHUP.
///
/// A changed file is taken when it has been the same for two looks, so that half a write is not; validated whole, then
/// swapped. One that is wrong leaves the running policy in force, and says so.
final class PolicyWatcher: Service {
    /// Between two looks at the file.
    private static let interval: Duration = .milliseconds(250)

    private let loader: PolicyLoader
    /// What the file was when the running policy was read from it: a change since then is not missed.
    private let inForce: PolicyLoader.Identity?
    private let hangups: UnixSignalsSequence
    private let installer: PolicyInstaller
    private let status: PolicyStatus
    private let manager: ServiceManager
    private let logger: Logger
    /// A signal and a look at the file may come together: one reload at a time, so that the later one is the one that stays.
    private let reloading = Mutex(())

    /// - Parameters:
    ///   - inForce: what the file was before the running policy was read from it; nil for no file.
    ///   - hangups: each SIGHUP since before then.
    init(
        loader: PolicyLoader, inForce: PolicyLoader.Identity?, hangups: UnixSignalsSequence, installer: PolicyInstaller,
        status: PolicyStatus, manager: ServiceManager, logger: Logger
    ) {
        self.loader = loader
        self.inForce = inForce
        self.hangups = hangups
        self.installer = installer
        self.status = status
        self.manager = manager
        self.logger = logger
    }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.follow() }
            group.addTask { await self.reloadOnSignal() }
            try await group.waitForAll()
        }
    }

    private func follow() async {
        guard !loader.path.isEmpty else {
            // Without a file there is nothing to follow; the service must not end before the agent does.
            try? await gracefulShutdown()
            return
        }
        var inForce = inForce
        var before = inForce
        while !Task.isShuttingDownGracefully {
            await cancelWhenGracefulShutdown { try? await Task.sleep(for: Self.interval) }
            let now = loader.identity()
            if now != inForce, now == before {
                inForce = now
                if now == nil {
                    refuse("\(loader.path) is gone: the running policy stays")
                } else {
                    reload()
                }
            }
            before = now
        }
    }

    private func reloadOnSignal() async {
        await cancelWhenGracefulShutdown {
            for await _ in self.hangups {
                self.manager.tell(.reloading)
                self.reload()
                self.manager.tell(.ready)
            }
        }
    }

    private func reload() { reloading.withLock { _ in reloadAlone() } }

    private func reloadAlone() {
        do throws(PolicyErrors) {
            let policy = try loader.load()
            do throws(PolicyRefusal) {
                try installer.install(policy)
            } catch {
                return refuse("the running policy stays: \(error)")
            }
            status.adopted(policy)
            logger.info("policy in force: \(policy.limits.count) limits")
            for warning in policy.warnings { logger.warning("\(warning)") }
        } catch {
            refuse("the running policy stays, as the new one is wrong:\n\(error)")
        }
    }

    private func refuse(_ why: String) {
        status.refused(why)
        logger.error("\(why)")
    }
}

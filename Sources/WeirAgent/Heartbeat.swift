import ServiceLifecycle
import WeirSettings

/// Tells the service manager that the agent does its work (`WatchdogSec=`): not that some thread runs, but that the reactor's has
/// come round since it was last asked to. A reactor that hangs says nothing, and the manager starts another agent.
struct Heartbeat: Service {
    /// Looks for the reactor's turn between two signs of life.
    private static let looks = 5

    let manager: ServiceManager
    let interval: Duration
    let reactor: Reactor

    init?(_ manager: ServiceManager, reactor: Reactor) {
        guard let watchdog = manager.watchdog else { return nil }
        self.manager = manager
        self.reactor = reactor
        // A sign in each half of the time that the manager waits, as it recommends.
        interval = watchdog / 2
    }

    func run() async throws {
        var beat = reactor.beat
        reactor.wakeUp()
        while !Task.isShuttingDownGracefully {
            await cancelWhenGracefulShutdown { try? await Task.sleep(for: interval / Self.looks) }
            guard reactor.beat != beat else { continue }
            manager.tell(.alive)
            await cancelWhenGracefulShutdown { try? await Task.sleep(for: interval / Self.looks) }
            beat = reactor.beat
            reactor.wakeUp()
        }
    }
}

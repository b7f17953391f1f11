import ServiceLifecycle
import WeirSettings

/// Says that the agent is up, once the services around it run and signals are heeded; and when it stops.
struct Announcement: Service {
    let manager: ServiceManager
    let announce: @Sendable () -> Void

    func run() async throws {
        announce()
        manager.tell(.ready)
        try? await gracefulShutdown()
        manager.tell(.stopping)
    }
}

import ServiceLifecycle

/// Says that the agent is up, once the services around it run and signals are heeded.
struct Announcement: Service {
    let announce: @Sendable () -> Void

    func run() async throws {
        announce()
        try? await gracefulShutdown()
    }
}

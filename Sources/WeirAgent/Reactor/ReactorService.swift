import ServiceLifecycle

/// Runs the reactor on its thread until the agent stops, then drains it.
struct ReactorService: Service {
    let reactor: Reactor
    let thread: DedicatedThread
    let drainMicroseconds: Int64

    /// Starts serving at once, before the services around it run.
    init(starting reactor: Reactor, drainMicroseconds: Int64) throws(StartError) {
        self.reactor = reactor
        self.drainMicroseconds = drainMicroseconds
        thread = try DedicatedThread("weir-reactor") { reactor.run() }
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            await thread.join()
        } onGracefulShutdown: {
            reactor.drain(microseconds: drainMicroseconds)
        }
    }
}

import ServiceLifecycle

/// Runs the exchange until the agent stops; then it gives back what is leased. It ends behind the reactor, which decides until it has
/// drained.
struct ExchangeService: Service {
    let exchange: Exchange
    let ground: AgentGround

    func run() async throws {
        try? await gracefulShutdown()
        if await exchange.leave() { ground.forgetLeases() }
    }
}

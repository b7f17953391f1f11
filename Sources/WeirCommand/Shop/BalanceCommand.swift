import ArgumentParser

/// `weir balance`: what may a consumer still use?
struct BalanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "balance", abstract: "Show what a consumer may still use, in the order in which it is used.",
        discussion: "Example:\n  weir balance 42")

    @Argument(help: "The id or external id of the consumer.")
    var consumer: String

    @OptionGroup var output: ShopOutput

    func run() async throws {
        let reply = try await ShopClient().get("/v1/consumers/\(ShopClient.escaped(consumer))/balance")
        if output.json { return print(reply.text) }
        guard case .list(let grants) = reply.value["grants"] else { return }
        try output.show(
            grants,
            ["unit", "left", "available", "balance", "lent", "credit_limit", "expires_at", "subscription", "id"],
            numbers: ["left", "available", "balance", "lent", "credit_limit"],
            none: "nothing was bought: weir buy, weir topup")
    }
}

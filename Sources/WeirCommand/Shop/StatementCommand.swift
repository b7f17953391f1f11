import ArgumentParser

/// `weir statement`: how did a balance come about?
struct StatementCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statement", abstract: "List what has moved a consumer's balances, the oldest first.",
        discussion: "Example:\n  weir statement 42 --json")

    @Argument(help: "The id or external id of the consumer.")
    var consumer: String

    @OptionGroup var paging: ShopPaging
    @OptionGroup var output: ShopOutput

    func run() async throws {
        let path = "/v1/consumers/\(ShopClient.escaped(consumer))/statement"
        try output.show(
            try await ShopClient().all(path, atMost: paging.limit),
            ["at", "code", "unit", "amount", "before", "after", "reason", "reference"],
            numbers: ["amount", "before", "after"], none: "nothing has moved yet")
    }
}

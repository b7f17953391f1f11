import ArgumentParser

/// `weir refund`: money goes back to the consumer.
struct RefundCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refund", abstract: "Record that money of a balance was given back.",
        discussion: """
            Never more than what is neither used nor lent to agents.

            Example:
              weir refund 42 grt_01m8… 12.50 --reason "leaves us" --order refund-3
            """)

    @OptionGroup var target: AdjustedGrant

    @Argument(help: "What was given back.")
    var amount: String

    @OptionGroup var output: ShopOutput

    func run() async throws {
        let body = target.body(amount).merging(["refund": .flag(true)]) { $1 }
        try OrderOutput.show(try await ShopClient().post("/v1/adjustments", body), output)
    }
}

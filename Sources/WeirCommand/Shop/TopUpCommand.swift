import ArgumentParser

/// `weir topup`: money was paid in.
struct TopUpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topup", abstract: "Record that money was paid in, and credit it to a balance.",
        discussion: """
            The same --order again changes nothing, however often.

            Example:
              weir topup 42 25.00 USD --order payment-8812
            """)

    @Argument(help: "The id or external id of the consumer.")
    var consumer: String

    @Argument(help: "What was paid, such as 25.00.")
    var amount: String

    @Argument(help: "In which currency, such as USD.")
    var currency: String

    @Option(help: "The payment's id in your own books.")
    var order: String

    @Option(help: "The contract whose balance it is (the only one that has one).")
    var subscription: String?

    @OptionGroup var output: ShopOutput

    func run() async throws {
        var body: [String: ShopValue] = [
            "consumer": .text(consumer), "amount": .text(amount), "currency": .text(currency), "order_id": .text(order),
        ]
        body.set("subscription", subscription)
        try OrderOutput.show(try await ShopClient().post("/v1/topups", body), output)
    }
}

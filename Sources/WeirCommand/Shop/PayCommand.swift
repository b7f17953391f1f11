import ArgumentParser

/// `weir pay`: fees were paid.
struct PayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pay", abstract: "Record that fees were paid: the oldest first, and no more than is due.",
        discussion: """
            The same --order again changes nothing, however often. The currency is the contract's.

            Example:
              weir pay 42 30.00 --order transfer-771
            """)

    @Argument(help: "The id or external id of the consumer.")
    var consumer: String

    @Argument(help: "What was paid, such as 30.00.")
    var amount: String

    @Option(help: "The payment's id in your own books.")
    var order: String

    @Option(help: "The contract that it is for (the only one that owes something).")
    var subscription: String?

    @Option(help: "What it is for, such as an invoice's number.")
    var reason: String?

    @OptionGroup var output: ShopOutput

    func run() async throws {
        let client = try ShopClient()
        let currency = try await client.get("/v1/consumers/\(ShopClient.escaped(consumer))").value["currency"]
        var body: [String: ShopValue] = [
            "consumer": .text(consumer), "amount": .text(amount), "currency": currency, "order_id": .text(order),
        ]
        body.set("subscription", subscription)
        body.set("reason", reason)
        let reply = try await client.post("/v1/payments", body)
        output.show(reply, ["id", "order_id", "kind", "amount", "currency", "made_at"])
    }
}

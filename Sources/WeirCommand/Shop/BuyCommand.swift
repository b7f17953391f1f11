import ArgumentParser

/// `weir buy`: a package was paid for, or what is due of a subscription.
struct BuyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "buy",
        abstract: "Record that a package was paid for, and grant it; or that what is due of a subscription was.",
        discussion: """
            A contract is made where the consumer has none to the plan. The same --order again changes nothing, however often.

            Example:
              weir buy 42 starter --order invoice-2026-0017
            """)

    @Argument(help: "The id or external id of the consumer.")
    var consumer: String

    @Argument(help: "The code of the plan.")
    var plan: String

    @Option(help: "The payment's id in your own books.")
    var order: String

    @Option(help: "What was paid, to be refused where it is not the package's fee, or what is due.")
    var price: String?

    @Option(
        help: "The version that was shown to who accepts it, where a contract has to be made (the one that is sold).")
    var accept: Int64?

    @Option(help: "Who agrees to the plan (the consumer's name).")
    var by: String?

    @OptionGroup var output: ShopOutput

    func run() async throws {
        let client = try ShopClient()
        var body: [String: ShopValue] = [
            "consumer": .text(consumer), "plan": .text(plan), "order_id": .text(order),
        ]
        body.set("price", price)
        body.set("accepted_by", by)
        if let accept {
            body["accepted_version"] = .number(accept)
        } else {
            body["accepted_version"] = try await client.get("/v1/plans/\(ShopClient.escaped(plan))").value["version"]
        }
        try OrderOutput.show(try await client.post("/v1/purchases", body), output)
    }
}

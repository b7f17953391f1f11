import ArgumentParser

/// What is corrected, and why.
struct AdjustedGrant: ParsableArguments {
    @Argument(help: "The id or external id of the consumer.")
    var consumer: String

    @Argument(help: "The id of the grant, as weir balance shows it.")
    var grant: String

    @Option(help: "Why: the statement says it.")
    var reason: String

    @Option(help: "Your own id of it.")
    var order: String

    func body(_ amount: String) -> [String: ShopValue] {
        [
            "consumer": .text(consumer), "grant": .text(grant), "amount": .text(amount), "reason": .text(reason),
            "order_id": .text(order),
        ]
    }
}

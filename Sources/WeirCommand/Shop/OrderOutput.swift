/// Shows what an order has credited.
enum OrderOutput {
    static func show(_ reply: ShopReply, _ output: ShopOutput) throws {
        if output.json { return print(reply.text) }
        output.show(reply, ["id", "order_id", "kind", "amount", "currency", "made_at"])
        guard case .list(let lines) = reply.value["lines"] else { return }
        print("")
        try output.show(
            lines, ["unit", "amount", "balance", "grant"], numbers: ["amount", "balance"], none: "nothing was credited")
    }
}

import ArgumentParser

/// `weir revenue`: what has been earned.
struct RevenueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revenue",
        abstract: "Show what products have brought in, what they cost upstream, and what is left.",
        discussion: """
            Prices of purchases and fees, and what was drawn from balances. What a plan of several products has brought in is divided by
            their calls.

            Examples:
              weir revenue
              weir revenue --usage 2026-10-01..2026-11-01 --zone Asia/Shanghai --json
            """)

    @Option(help: "last-month, last-week, or FROM..TO such as 2026-10-01..2026-11-01 (last-month).")
    var usage: String?

    @Option(help: "The time zone whose months, weeks and days these are (UTC).")
    var zone: String?

    @Option(help: "Only products of this provider.")
    var provider: String?

    @OptionGroup var output: ShopOutput

    func run() async throws {
        let reply = try await ShopClient().get(
            "/v1/revenue", [("usage", usage), ("zone", zone), ("provider", provider)])
        if output.json { return print(reply.text) }
        guard case .list(let rows) = reply.value["products"] else { return }
        print("\(reply.value["from"].shown) to \(reply.value["to"].shown)\n")
        try output.show(
            rows, ["product", "revenue", "cost", "margin", "currency", "calls"],
            numbers: ["revenue", "cost", "margin", "calls"], none: "nothing was earned")
    }
}

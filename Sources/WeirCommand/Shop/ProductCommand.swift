import ArgumentParser

/// `weir product`: what is sold.
struct ProductCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "product", abstract: "Add and list products: APIs that are sold.",
        subcommands: [Add.self, List.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Add a product.",
            discussion: """
                Example:
                  weir product add weather --provider acme --host api.example.com --cost 0.001 --cost-currency USD
                """)

        @Argument(help: "Its name in plans, commands and addresses.")
        var slug: String

        @Option(help: "The id or slug of its provider.")
        var provider: String

        @Option(help: "Its name for people.")
        var name: String?

        @Option(help: "A host of its requests; may be repeated (any).")
        var host: [String] = []

        @Option(help: "Where it is described.")
        var docsURL: String?

        @Flag(help: "Leave it out of the catalogue page.")
        var unlisted = false

        @Option(help: "What the provider itself pays for a call, such as 0.001.")
        var cost: String?

        @Option(help: "The currency of the cost, such as USD.")
        var costCurrency: String?

        @Option(help: "For how many calls the cost is (1).")
        var costPer: Int64?

        @Option(help: "Whose agents are told of it, for good: those of this WEIR_NAMESPACE (all).")
        var namespace: String?

        @OptionGroup var output: ShopOutput

        func run() async throws {
            var body: [String: ShopValue] = ["slug": .text(slug), "provider": .text(provider)]
            body.set("name", name)
            body.set("namespace", namespace)
            body.set("hosts", host)
            body.set("docs_url", docsURL)
            if unlisted { body["listed"] = .flag(false) }
            body.set("cost", cost)
            body.set("cost_currency", costCurrency)
            body.set("cost_per", costPer)
            output.show(
                try await ShopClient().post("/v1/products", body),
                ["id", "slug", "name", "provider", "hosts", "cost", "cost_currency", "cost_per"])
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List products.")

        @Option(help: "Only those of a provider.")
        var provider: String?

        @OptionGroup var paging: ShopPaging
        @OptionGroup var output: ShopOutput

        func run() async throws {
            let rows = try await ShopClient().all("/v1/products", [("provider", provider)], atMost: paging.limit)
            try output.show(
                rows, ["slug", "name", "hosts", "cost", "cost_currency", "listed", "id"], numbers: ["cost"],
                none: "no products: weir product add SLUG --provider SLUG")
        }
    }
}

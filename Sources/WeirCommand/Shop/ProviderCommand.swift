import ArgumentParser

/// `weir provider`: who sells.
struct ProviderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provider", abstract: "Add and list providers: those who sell.",
        subcommands: [Add.self, List.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Add a provider.",
            discussion: "Example:\n  weir provider add acme --name \"Acme Weather\"")

        @Argument(help: "Its name in commands and addresses.")
        var slug: String

        @Option(help: "Its name for people.")
        var name: String?

        @OptionGroup var output: ShopOutput

        func run() async throws {
            var body: [String: ShopValue] = ["slug": .text(slug)]
            body.set("name", name)
            output.show(try await ShopClient().post("/v1/providers", body), ["id", "slug", "name"])
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List providers.")

        @OptionGroup var paging: ShopPaging
        @OptionGroup var output: ShopOutput

        func run() async throws {
            let rows = try await ShopClient().all("/v1/providers", atMost: paging.limit)
            try output.show(rows, ["slug", "name", "id", "created_at"], none: "no providers: weir provider add SLUG")
        }
    }
}

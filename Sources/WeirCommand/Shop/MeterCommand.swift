import ArgumentParser

/// `weir meter`: what of a product is counted for bills.
struct MeterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "meter", abstract: "Add and list the meters of a product.",
        discussion: "Every product has calls, bytes_in, bytes_out and units, which bill everything.",
        subcommands: [Add.self, List.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Add a meter. Meters are never changed: plans count by them.",
            discussion: "Example:\n  weir meter add good_calls --product weather --dimension calls --filter status=2xx")

        @Argument(help: "Its name in plans.")
        var code: String

        @Option(help: "The id or slug of its product.")
        var product: String

        @Option(help: "calls, bytes_in, bytes_out or units.")
        var dimension: String

        @Option(help: "Which calls are billed (all).")
        var filter: String?

        @OptionGroup var output: ShopOutput

        func run() async throws {
            var body: [String: ShopValue] = ["code": .text(code), "dimension": .text(dimension)]
            body.set("filter", filter)
            let reply = try await ShopClient().post("/v1/products/\(ShopClient.escaped(product))/meters", body)
            output.show(reply, ["id", "code", "dimension", "filter"])
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List the meters of a product.")

        @Option(help: "The id or slug of the product.")
        var product: String

        @OptionGroup var paging: ShopPaging
        @OptionGroup var output: ShopOutput

        func run() async throws {
            let path = "/v1/products/\(ShopClient.escaped(product))/meters"
            try output.show(
                try await ShopClient().all(path, atMost: paging.limit), ["code", "dimension", "filter", "id"],
                none: "no meters but those of every product: calls, bytes_in, bytes_out, units")
        }
    }
}

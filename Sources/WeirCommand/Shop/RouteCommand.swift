import ArgumentParser

/// `weir route`: parts of a product.
struct RouteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route", abstract: "Add, list and remove the routes of a product.",
        subcommands: [Add.self, List.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Add a route.",
            discussion: "Example:\n  weir route add search --product weather --path '/v1/search*' --weight 5")

        @Argument(help: "Its name in rules, filters and usage.")
        var name: String

        @Option(help: "The id or slug of its product.")
        var product: String

        @Option(help: "A pattern of paths: * is any run of characters, ? is one.")
        var path: String

        @Option(help: "A method; may be repeated (all).")
        var method: [String] = []

        @Option(help: "Units of a call (1).")
        var weight: Int64?

        @Option(help: "Routes with a lower one are tried before (0).")
        var order: Int64?

        @OptionGroup var output: ShopOutput

        func run() async throws {
            var body: [String: ShopValue] = ["name": .text(name), "path": .text(path)]
            body.set("methods", method)
            body.set("weight", weight)
            body.set("order", order)
            let reply = try await ShopClient().post("/v1/products/\(ShopClient.escaped(product))/routes", body)
            output.show(reply, ["id", "name", "methods", "path", "weight", "order"])
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List the routes of a product.")

        @Option(help: "The id or slug of the product.")
        var product: String

        @OptionGroup var paging: ShopPaging
        @OptionGroup var output: ShopOutput

        func run() async throws {
            let path = "/v1/products/\(ShopClient.escaped(product))/routes"
            try output.show(
                try await ShopClient().all(path, atMost: paging.limit),
                ["name", "methods", "path", "weight", "order", "id"], numbers: ["weight", "order"],
                none: "no routes: every request of its hosts is the product's")
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "remove", abstract: "Remove a route.")

        @Argument(help: "Its id.")
        var route: String

        @OptionGroup var output: ShopOutput

        func run() async throws {
            let reply = try await ShopClient().delete("/v1/routes/\(ShopClient.escaped(route))")
            output.show(reply, ["id", "name", "path"])
        }
    }
}

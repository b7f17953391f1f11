import ArgumentParser

/// `weir token`: who may ask the collector.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, revoke and list tokens of the collector's API.",
        subcommands: [Create.self, Revoke.self, List.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Make a token, which is shown this once.",
            discussion: """
                Examples:
                  weir token create --scope consumer --consumer 42 --name portal
                  weir token create --scope agent --namespace edge
                """)

        @Option(help: "admin, provider, agent or consumer.")
        var scope: String

        @Option(help: "Its name for people.")
        var name: String?

        @Option(help: "Scope provider: the provider that it is bound to.")
        var provider: String?

        @Option(help: "Scope consumer: the consumer that it is bound to.")
        var consumer: String?

        @Option(help: "Scope agent: the namespace that it is bound to (weir).")
        var namespace: String?

        @Option(help: "Until when it is good: 2027-01-01T00:00:00Z (for good).")
        var expires: String?

        @OptionGroup var output: ShopOutput

        func run() async throws {
            var body: [String: ShopValue] = ["scope": .text(scope)]
            body.set("name", name)
            body.set("provider", provider)
            body.set("consumer", consumer)
            body.set("namespace", namespace)
            body.set("expires_at", expires)
            let reply = try await ShopClient().post("/v1/tokens", body)
            if output.json { return print(reply.text) }
            print(reply.value["token"].shown)
            print("It is shown this once: keep it where secrets are kept.")
            output.show(reply, ["id", "scope", "subject", "name", "expires_at"])
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "revoke", abstract: "Revoke a token, for good.")

        @Argument(help: "Its id.")
        var token: String

        @OptionGroup var output: ShopOutput

        func run() async throws {
            let reply = try await ShopClient().post("/v1/tokens/\(ShopClient.escaped(token))/revoke")
            output.show(reply, ["id", "scope", "name", "revoked_at"])
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List tokens.")

        @OptionGroup var paging: ShopPaging
        @OptionGroup var output: ShopOutput

        func run() async throws {
            try output.show(
                try await ShopClient().all("/v1/tokens", atMost: paging.limit),
                ["id", "scope", "subject", "name", "created_at", "expires_at", "revoked_at"], none: "no tokens")
        }
    }
}

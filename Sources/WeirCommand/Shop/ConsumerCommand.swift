import ArgumentParser

/// `weir consumer`: who buys.
struct ConsumerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consumer", abstract: "Add, list and show consumers: those who buy.",
        subcommands: [Add.self, List.self, Show.self])

    fileprivate static let members = [
        "id", "external_id", "name", "email", "currency", "zone", "credit_limit", "state", "created_at",
    ]

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Add a consumer; with --plan it signs up: a contract and a key in one.",
            discussion: """
                Examples:
                  weir consumer add "Ada Lovelace" --external-id 42
                  weir consumer add "Ada Lovelace" --external-id 42 --plan starter --key main
                """)

        @Argument(help: "Its name for people.")
        var name: String

        @Option(help: "What your own books call it.")
        var externalID: String?

        @Option(help: "Where to write to.")
        var email: String?

        @Option(help: "The currency of everything that it buys (that of its first plan).")
        var currency: String?

        @Option(help: "The time zone of its calendar (UTC).")
        var zone: String?

        @Option(help: "How far post-paid usage may go (0); not with --plan.")
        var creditLimit: String?

        @Option(help: "The plan that it signs up for.")
        var plan: String?

        @Option(help: "With --plan: the name of its first key (main).")
        var key: String = "main"

        @OptionGroup var output: ShopOutput

        func validate() throws {
            if plan != nil, creditLimit != nil { throw ValidationError("--credit-limit: expected without --plan") }
        }

        func run() async throws {
            let client = try ShopClient()
            var body: [String: ShopValue] = ["name": .text(name)]
            body.set("external_id", externalID)
            body.set("email", email)
            body.set("currency", currency)
            body.set("zone", zone)
            body.set("credit_limit", creditLimit)
            guard let plan else {
                return output.show(try await client.post("/v1/consumers", body), ConsumerCommand.members)
            }
            body["plan"] = .text(plan)
            body["accepted_version"] = try await client.get("/v1/plans/\(ShopClient.escaped(plan))").value["version"]
            body["key_name"] = .text(key)
            let reply = try await client.post("/v1/signups", body)
            output.show(reply, ConsumerCommand.members, of: reply.value["consumer"])
            guard !output.json else { return }
            let contract = reply.value["subscription"]
            print("contract  \(contract["id"].shown) to \(plan) from \(contract["starts_at"].shown)")
            print("key       \(contract["key"]["key"].shown)   (shown this once)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List consumers.")

        @Option(help: "active or suspended.")
        var state: String?

        @OptionGroup var paging: ShopPaging
        @OptionGroup var output: ShopOutput

        func run() async throws {
            let rows = try await ShopClient().all("/v1/consumers", [("state", state)], atMost: paging.limit)
            try output.show(
                rows, ["name", "external_id", "email", "currency", "state", "created_at", "id"],
                none: "no consumers: weir consumer add NAME")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show a consumer, and how far it has come.")

        @Argument(help: "Its id or external id.")
        var consumer: String

        @OptionGroup var output: ShopOutput

        func run() async throws {
            let reply = try await ShopClient().get("/v1/consumers/\(ShopClient.escaped(consumer))")
            output.show(reply, ConsumerCommand.members)
            guard !output.json else { return }
            print("")
            output.show(
                reply, ["signed_up_at", "first_key_at", "first_2xx_at", "first_payment_at", "last_call_at"],
                of: reply.value["funnel"])
        }
    }
}

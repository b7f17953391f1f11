import ArgumentParser

/// `weir key`: by what consumers are known.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make, rotate, revoke and list API keys.",
        subcommands: [Create.self, Rotate.self, Revoke.self, List.self])

    private static let members = ["id", "name", "consumer", "subscription", "state", "starts_at", "expires_at"]

    /// Shows a key that was made: the one time that anybody sees it.
    private static func show(_ reply: ShopReply, _ output: ShopOutput) {
        if output.json { return print(reply.text) }
        print(reply.value["key"].shown)
        print("It is shown this once: keep it where secrets are kept.")
        output.show(reply, members)
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Make a key, which is shown this once.",
            discussion: "Example:\n  weir key create --consumer 42 --name phone --expires 2027-01-01T00:00:00Z")

        @Option(help: "The id or external id of its consumer.")
        var consumer: String

        @Option(help: "Its name for people.")
        var name: String?

        @Flag(help: "Begin it with weir_test_ in place of weir_live_.")
        var test = false

        @Option(help: "The one contract that it is good for (all of the consumer's).")
        var subscription: String?

        @Option(help: "Until when it works: 2027-01-01T00:00:00Z (for good).")
        var expires: String?

        @OptionGroup var output: ShopOutput

        func run() async throws {
            var body: [String: ShopValue] = ["consumer": .text(consumer), "use": .text(test ? "test" : "live")]
            body.set("name", name)
            body.set("subscription", subscription)
            body.set("expires_at", expires)
            KeyCommand.show(try await ShopClient().post("/v1/keys", body), output)
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate", abstract: "Make a key in place of another, which works on for a while.",
            discussion: "Example:\n  weir key rotate key_01… --overlap 3600")

        @Argument(help: "The id of the old key.")
        var key: String

        @Option(help: "Seconds that the old one works on (86400).")
        var overlap: Int64?

        @Option(help: "The new one's name (the old one's).")
        var name: String?

        @OptionGroup var output: ShopOutput

        func run() async throws {
            var body: [String: ShopValue] = [:]
            body.set("overlap_seconds", overlap)
            body.set("name", name)
            KeyCommand.show(try await ShopClient().post("/v1/keys/\(ShopClient.escaped(key))/rotate", body), output)
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "revoke", abstract: "Revoke a key, for good.")

        @Argument(help: "Its id.")
        var key: String

        @OptionGroup var output: ShopOutput

        func run() async throws {
            let reply = try await ShopClient().post("/v1/keys/\(ShopClient.escaped(key))/revoke")
            output.show(reply, ["id", "name", "consumer", "state", "revoked_at"])
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List keys.")

        @Option(help: "Only those of a consumer.")
        var consumer: String?

        @OptionGroup var paging: ShopPaging
        @OptionGroup var output: ShopOutput

        func run() async throws {
            let rows = try await ShopClient().all("/v1/keys", [("consumer", consumer)], atMost: paging.limit)
            try output.show(
                rows, ["id", "name", "prefix", "state", "consumer", "expires_at", "last_used_at"],
                none: "no keys: weir key create --consumer ID")
        }
    }
}

import ArgumentParser

/// `weir subscription`: contracts over time.
struct SubscriptionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscription", abstract: "List, show, change, cancel, pause and resume contracts.",
        subcommands: [List.self, Show.self, Change.self, Cancel.self, Keep.self, Pause.self, Resume.self])

    private static let members = [
        "id", "consumer", "plan", "standing", "period", "period_starts_at", "period_ends_at", "next", "next_at",
        "next_plan", "due", "credit", "currency", "due_since", "starts_at", "ends_at",
    ]

    /// Asks for a change of a contract, and shows what it is then.
    private static func change(
        _ id: String, _ verb: String, _ body: [String: ShopValue], _ output: ShopOutput
    ) async throws {
        let reply = try await ShopClient().post("/v1/subscriptions/\(ShopClient.escaped(id))/\(verb)", body)
        output.show(reply, members)
        guard !output.json, reply.value["change"] != .null else { return }
        print("")
        output.show(reply, ["when", "at", "charge", "credit", "currency"], of: reply.value["change"])
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List contracts.")

        @Option(help: "Only those of a consumer.")
        var consumer: String?

        @Option(help: "active, paused, overdue or ended.")
        var state: String?

        @OptionGroup var paging: ShopPaging
        @OptionGroup var output: ShopOutput

        func run() async throws {
            let rows = try await ShopClient().all(
                "/v1/subscriptions", [("consumer", consumer), ("state", state)], atMost: paging.limit)
            try output.show(
                rows, ["id", "consumer", "standing", "period", "period_ends_at", "next", "due", "currency"],
                numbers: ["period", "due"], none: "no contracts: weir subscribe CONSUMER PLAN")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show a contract: its period, what follows, what is due.")

        @Argument(help: "Its id.")
        var subscription: String

        @OptionGroup var output: ShopOutput

        func run() async throws {
            let reply = try await ShopClient().get("/v1/subscriptions/\(ShopClient.escaped(subscription))")
            output.show(reply, members)
        }
    }

    struct Change: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "change", abstract: "Change a contract's plan, and say what it costs and gives back.",
            discussion: """
                Examples:
                  weir subscription change sub_01… large
                  weir subscription change sub_01… small --when period_end
                """)

        @Argument(help: "Its id.")
        var subscription: String

        @Argument(help: "The code of the new plan.")
        var plan: String

        @Option(help: "now, period_end or usual: what costs more at once, what costs less at the period's end (usual).")
        var when: String?

        @Option(
            help: "The version that was shown to who accepts it; refused when another is sold (the one that is sold).")
        var accept: Int64?

        @OptionGroup var output: ShopOutput

        func run() async throws {
            var body: [String: ShopValue] = ["plan": .text(plan)]
            body.set("when", when)
            if let accept {
                body["accepted_version"] = .number(accept)
            } else {
                let sold = try await ShopClient().get("/v1/plans/\(ShopClient.escaped(plan))")
                body["accepted_version"] = sold.value["version"]
            }
            try await change(subscription, "change", body, output)
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cancel", abstract: "End a contract, when its period is over or now.")

        @Argument(help: "Its id.")
        var subscription: String

        @Flag(help: "At once: what is left of the fee is given back.")
        var now = false

        @OptionGroup var output: ShopOutput

        func run() async throws {
            try await change(subscription, "cancel", ["when": .text(now ? "now" : "period_end")], output)
        }
    }

    struct Keep: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "keep", abstract: "Take back a change or an end that has not happened yet.")

        @Argument(help: "Its id.")
        var subscription: String

        @OptionGroup var output: ShopOutput

        func run() async throws { try await change(subscription, "keep", [:], output) }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pause", abstract: "Hold a contract: nothing is allowed under it; periods go on.")

        @Argument(help: "Its id.")
        var subscription: String

        @OptionGroup var output: ShopOutput

        func run() async throws { try await change(subscription, "pause", [:], output) }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "resume", abstract: "Go on with a contract that is held.")

        @Argument(help: "Its id.")
        var subscription: String

        @OptionGroup var output: ShopOutput

        func run() async throws { try await change(subscription, "resume", [:], output) }
    }
}

import ArgumentParser

/// `weir plan`: on which terms.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Publish, list, show and try plans.",
        subcommands: [Publish.self, List.self, Show.self, PlanPriceCommand.self])

    private static let members = [
        "id", "code", "version", "state", "mode", "currency", "fee", "products", "published_at", "effective_at",
    ]

    struct Publish: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "publish", abstract: "Publish a plan's file as the next version, which is never changed.",
            discussion: "Examples:\n  weir plan publish starter.plan\n  weir plan publish starter.plan --draft")

        @Argument(help: "The plan's file; - reads standard input.")
        var file: String

        @Flag(help: "Keep it as a draft: nothing is sold.")
        var draft = false

        @Option(help: "From when it is sold: 2026-12-01T00:00:00Z (now).")
        var effective: String?

        @Option(name: .customLong("version-number"), help: "The version that it is meant to be (the next).")
        var number: Int64?

        @OptionGroup var output: ShopOutput

        func validate() throws {
            if draft, effective != nil { throw ValidationError("--effective: expected without --draft") }
        }

        func run() async throws {
            var body: [String: ShopValue] = ["text": .text(try PlanFile.read(file)), "publish": .flag(!draft)]
            body.set("effective_at", effective)
            body.set("version", number)
            let reply = try await PlanFile.placed(file) { try await ShopClient().post("/v1/plans", body) }
            output.show(reply, PlanCommand.members)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List versions of plans.")

        @Option(help: "Only those of one plan.")
        var code: String?

        @OptionGroup var paging: ShopPaging
        @OptionGroup var output: ShopOutput

        func run() async throws {
            let rows = try await ShopClient().all("/v1/plans", [("code", code)], atMost: paging.limit)
            try output.show(
                rows, ["code", "version", "state", "mode", "fee", "currency", "effective_at", "id"],
                numbers: ["version", "fee"], none: "no plans: weir plan publish FILE")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show a plan: the version that is sold, or the one of an id.")

        @Argument(help: "Its code, or the id of a version.")
        var plan: String

        @OptionGroup var output: ShopOutput

        func run() async throws {
            let reply = try await ShopClient().get("/v1/plans/\(ShopClient.escaped(plan))")
            output.show(reply, PlanCommand.members)
            if !output.json { print("\n\(reply.value["text"].shown)", terminator: "") }
        }
    }
}

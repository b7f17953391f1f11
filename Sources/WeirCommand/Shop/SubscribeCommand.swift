import ArgumentParser
import WeirSettings

/// `weir subscribe`: a consumer accepts a plan.
struct SubscribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscribe", abstract: "Make a contract: a consumer accepts the version of a plan that is sold.",
        discussion:
            "Examples:\n  weir subscribe 42 starter --by \"Ada Lovelace\"\n  weir subscribe 42 starter --key phone")

    @Argument(help: "The id or external id of the consumer.")
    var consumer: String

    @Argument(help: "The code of the plan.")
    var plan: String

    @Option(help: "The version that was shown to who accepts it; refused when another is sold (the one that is sold).")
    var accept: Int64?

    @Option(help: "Who agrees to the plan (the consumer's name).")
    var by: String?

    @Option(help: "Its start: 2026-12-01T00:00:00Z (now).")
    var starts: String?

    @Option(help: "Its end (none).")
    var ends: String?

    @Option(help: "Makes a key for it, of this name.")
    var key: String?

    @OptionGroup var output: ShopOutput

    func run() async throws {
        let client = try ShopClient()
        var body: [String: ShopValue] = ["consumer": .text(consumer), "plan": .text(plan)]
        if let accept {
            body["accepted_version"] = .number(accept)
        } else {
            body["accepted_version"] = try await client.get("/v1/plans/\(ShopClient.escaped(plan))").value["version"]
        }
        if let by {
            body["accepted_by"] = .text(by)
        } else {
            body["accepted_by"] = try await client.get("/v1/consumers/\(ShopClient.escaped(consumer))").value["name"]
        }
        body.set("starts_at", starts)
        body.set("ends_at", ends)
        body.set("key_name", key)
        let reply = try await client.post("/v1/subscriptions", body)
        output.show(reply, ["id", "consumer", "plan", "state", "starts_at", "ends_at", "accepted_by", "accepted_at"])
        if !output.json, key != nil { print("key          \(reply.value["key"]["key"].shown)   (shown this once)") }
    }
}

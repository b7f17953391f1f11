import ArgumentParser
import Foundation

/// `weir plan`: on which terms.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Publish, list and show plans.",
        subcommands: [Publish.self, List.self, Show.self])

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
            var body: [String: ShopValue] = ["text": .text(try read()), "publish": .flag(!draft)]
            body.set("effective_at", effective)
            body.set("version", number)
            do {
                output.show(try await ShopClient().post("/v1/plans", body), PlanCommand.members)
            } catch let error as CommandFailure.Said {
                // Places in the text are places in the file.
                throw CommandFailure.Said(message: error.message.fileLines(file), code: error.code)
            }
        }

        private func read() throws -> String {
            if file == "-" { return String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self) }
            guard let data = FileManager.default.contents(atPath: file) else {
                throw CommandFailure.noAnswer("cannot read \(file)")
            }
            guard let text = String(validating: data, as: UTF8.self) else {
                throw CommandFailure.negative("\(file): expected UTF-8")
            }
            return text
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

extension String {
    /// `text: 2:4: …` as `FILE:2:4: …`.
    fileprivate func fileLines(_ file: String) -> String {
        split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("text: ") ? "\(file):\(line.dropFirst(6))" : String(line)
        }.joined(separator: "\n")
    }
}

import ArgumentParser
import FoundationEssentials

/// `weir status`: how is the agent?
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the agent's state: rules, keys, usage, and what is in trouble.",
        discussion: """
            Exit code 0: all is well, 1: something is in trouble, 2: no answer.

            Examples:
              weir status
              weir status --json
            """)

    @Flag(help: "Print the agent's own JSON.")
    var json = false

    func run() async throws {
        let body = try await AgentAdmin.page("/status")
        if json { return print(String(decoding: body, as: UTF8.self)) }
        let status = try JSONDecoder().decode(AgentStatus.self, from: body)
        print(status.text)
        if !status.troubles.isEmpty { throw CommandFailure.negative("") }
    }
}

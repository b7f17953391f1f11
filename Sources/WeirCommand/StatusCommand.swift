import ArgumentParser
import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import WeirSettings

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
        let settings = CommandSettings.ofProcess()
        guard let address = settings.adminListen else {
            throw CommandFailure.noAnswer("WEIR_ADMIN_LISTEN=off: set it to the agent's admin address")
        }
        let body: Data
        do {
            let response = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: "http://\(address)/status"), timeout: .seconds(2))
            guard response.status.code == 200 else {
                throw CommandFailure.noAnswer("http://\(address) is no agent: it answers \(response.status.code)")
            }
            body = Data((try await response.body.collect(upTo: 16 << 20)).readableBytesView)
        } catch let error as CommandFailure.Said {
            throw error
        } catch {
            throw CommandFailure.noAnswer("no agent at http://\(address): start weir-agent, or set WEIR_ADMIN_LISTEN")
        }
        if json { return print(String(decoding: body, as: UTF8.self)) }
        let status = try JSONDecoder().decode(AgentStatus.self, from: body)
        print(status.text)
        if !status.troubles.isEmpty { throw CommandFailure.negative("") }
    }
}

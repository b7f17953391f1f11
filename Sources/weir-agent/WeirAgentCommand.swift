import ArgumentParser
import Glibc
import Logging
import WeirAgent
import WeirCore
import WeirSettings

@main
struct WeirAgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weir-agent",
        abstract: "Answers allow or deny to the web servers on this machine, and counts what passed.",
        discussion: """
            Everything is set by environment variables; with none at all it runs.

            Example:
              WEIR_LIMITS="login: 5/min by ip when path=/login; all: 200/s by ip" weir-agent

            \(SettingsCatalogue.help(AgentSettings.declarations))
            """,
        version: AgentVersion.name)

    @Flag(help: "Print the settings that are in force, and end.")
    var settings = false

    func run() async throws {
        let (settings, warnings) = ProgramStart.settings(
            of: "weir-agent", nearest: { Suggestion.nearest(to: $0, among: $1) }, check: Agent.policyProblems,
            read: { environment throws(SettingsError) in try AgentSettings(environment: environment) })
        if self.settings {
            for row in settings.effective { print("\(row.name)=\(row.value)  (\(row.source.rawValue))") }
            return
        }
        var logger = Logger(label: "weir-agent", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = Logger.Level(rawValue: settings.logLevel.rawValue) ?? .info
        for warning in warnings { logger.warning("\(warning)") }
        do {
            try await Agent(settings, logger: logger).run { banner in
                print(banner)
                fflush(nil)
            }
        } catch let error as StartError {
            ProgramEnd.unavailable.end("weir-agent", "\(error)")
        } catch let error as PolicyErrors {
            ProgramEnd.usage.end("weir-agent", "\(error)")
        } catch let error as SettingsError {
            ProgramEnd.usage.end("weir-agent", "\(error)")
        }
    }
}

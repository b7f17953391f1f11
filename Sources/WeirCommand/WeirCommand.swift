package import ArgumentParser
import Glibc
import WeirSettings

/// `weir`: asks the agent and the collector, and checks rules.
package struct WeirCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "weir",
        abstract: "Ask the agent and the collector; check rules; sell calls.",
        discussion: """
            Agent and collector are found in the places where they are by default, or where the variables say:

            \(SettingsCatalogue.help(CommandSettings.declarations))

            Example:
              weir check ip=192.0.2.1 path=/search
            """,
        version: "weir 0.1.0",
        subcommands: [
            CheckCommand.self, ExplainCommand.self, RulesCommand.self, UsageCommand.self, StatusCommand.self,
            LiveCommand.self, ReadyCommand.self, DoctorCommand.self, JournalCommand.self, FsckCommand.self,
            ProviderCommand.self, ProductCommand.self, RouteCommand.self, MeterCommand.self, PlanCommand.self,
            ConsumerCommand.self, KeyCommand.self, SubscribeCommand.self, SubscriptionCommand.self, BuyCommand.self,
            PayCommand.self,
            TopUpCommand.self,
            BalanceCommand.self, StatementCommand.self, TokenCommand.self,
            BenchCommand.self, BenchFloorCommand.self, ProveCommand.self, SettingsCommand.self,
        ])

    package init() {}

    /// Runs the command line and ends the process with its code.
    package static func runAndExit() async -> Never {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            Glibc.exit(0)
        } catch let failure as CommandFailure.Said {
            if !failure.message.isEmpty {
                Array("\(failure.message)\n".utf8).withUnsafeBytes {
                    _ = write(STDERR_FILENO, $0.baseAddress, $0.count)
                }
            }
            Glibc.exit(failure.code)
        } catch {
            exit(withError: error)
        }
    }
}

extension CommandSettings {
    /// The settings of this process; problems end it with 64.
    static func ofProcess() -> CommandSettings {
        do throws(SettingsError) {
            return try CommandSettings(environment: ProcessEnvironment.all)
        } catch {
            ProgramEnd.usage.end("weir", "\(error)")
        }
    }
}

import ArgumentParser
import Glibc
import Logging
import WeirCollector
import WeirCore
import WeirSettings

@main
struct WeirCollectorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weir-collector",
        abstract: "Takes usage from agents, keeps it, and shows it.",
        discussion: """
            Everything is set by environment variables; with none at all it runs on SQLite and makes its tokens.

            Example:
              WEIR_DATABASE=sqlite:/var/lib/weir/collector/weir.sqlite weir-collector
              WEIR_DATABASE='postgres://weir@db.example/weir?sslmode=verify-full' WEIR_DATABASE_PASSWORD_FILE=/run/secrets/db weir-collector

            \(SettingsCatalogue.help(CollectorSettings.declarations))
            """,
        version: CollectorVersion.name)

    @Flag(help: "Print the settings that are in force, and end.")
    var settings = false

    func run() async throws {
        let (settings, warnings) = ProgramStart.settings(
            of: "weir-collector", nearest: { Suggestion.nearest(to: $0, among: $1) },
            read: { environment throws(SettingsError) in try CollectorSettings(environment: environment) })
        if self.settings {
            for row in settings.effective { print("\(row.name)=\(row.value)  (\(row.source.rawValue))") }
            return
        }
        var logger = Logger(label: "weir-collector", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = Logger.Level(rawValue: settings.logLevel.rawValue) ?? .info
        for warning in warnings { logger.warning("\(warning)") }
        do {
            try await Collector(settings, logger: logger).run { banner in
                print(banner)
                fflush(nil)
            }
        } catch let error as CollectorStartError {
            ProgramEnd.unavailable.end("weir-collector", "\(error)")
        } catch let error as SettingsError {
            ProgramEnd.usage.end("weir-collector", "\(error)")
        }
    }
}

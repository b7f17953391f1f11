import ArgumentParser
import WeirSettings

/// `weir settings`: every variable of every program.
struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "List the environment variables of all programs.",
        discussion: """
            The values that are in force: weir-agent --settings, weir-collector --settings.

            Examples:
              weir settings
              weir settings --markdown > deploy/SETTINGS.md
            """)

    @Flag(help: "Print the page that is kept as deploy/SETTINGS.md.")
    var markdown = false

    @Flag(help: "Print JSON.")
    var json = false

    private struct Row: Encodable {
        var program: String
        var name: String
        var meaning: String
        var value: String
        var `default`: String
        var isSecret: Bool
    }

    func run() throws {
        if markdown { return print(SettingsCatalogue.markdown, terminator: "") }
        if json {
            let rows = SettingsCatalogue.programs.flatMap { program in
                program.declarations.map { row in
                    Row(
                        program: program.name, name: row.name, meaning: row.meaning, value: row.expectation,
                        default: row.defaultText, isSecret: row.isSecret)
                }
            }
            return print(try JSONText.encode(rows))
        }
        for program in SettingsCatalogue.programs {
            print("\(program.name)\n\(SettingsCatalogue.help(program.declarations))\n")
        }
    }
}

import ArgumentParser
import WeirJournal
import WeirSettings

/// `weir journal`: look at an agent's journal, and mend it.
struct JournalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "Look at an agent's journal, and mend it.",
        discussion: """
            An agent never needs this to start: it takes over what is whole, and puts aside what is not.

            Example:
              weir journal verify
            """, subcommands: [JournalVerify.self, JournalDump.self, JournalRepair.self])

    /// Reads every file of the agent whose directories are set.
    static func survey() throws -> JournalSurvey {
        let settings = CommandSettings.ofProcess()
        do throws(SystemError) {
            return try JournalSurvey(
                state: settings.stateDirectory + "/journal", runtime: settings.runtimeDirectory + "/usage")
        } catch {
            throw CommandFailure.noAnswer("no journal to read: \(error): set WEIR_STATE_DIR")
        }
    }
}

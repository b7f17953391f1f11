import ArgumentParser
import WeirSettings

/// `weir live`: does the agent do its work?
struct LiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "live",
        abstract: "Ask one socket of the agent whether it is alive, for probes that run a command.",
        discussion: """
            Asks the native socket, else the HTTP door's: where the agent's own thread answers, nothing is counted, and nothing
            depends on Redis, the collector or a disk. As an answer is all that is looked at, start the agent anew when there is none.
            Exit code 0: alive, 2: no answer.

            Examples:
              weir live
              weir live --timeout 500
            """)

    @OptionGroup var probe: ProbeOptions

    func run() throws {
        let settings = CommandSettings.ofProcess()
        let doors = settings.doors.filter { $0.door == .native || $0.door == .http }
        guard let first = doors.first else {
            throw CommandFailure.noAnswer("WEIR_SOCKET=off, WEIR_HTTP_SOCKET=off: there is no socket to ask")
        }
        try probe.ask([first])
    }
}

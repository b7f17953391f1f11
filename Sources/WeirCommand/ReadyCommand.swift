import ArgumentParser
import Glibc
import WeirSettings

/// `weir ready`: does the agent serve all its doors?
struct ReadyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ready",
        abstract: "Ask every socket of the agent whether it is served, for probes that run a command.",
        discussion: """
            An agent whose sockets answer decides: with Redis, the collector or the disk away as well, so that none of them is asked
            for (weir status says how they are). Nothing is counted. Exit code 0: every door is served, 2: one is not.

            Examples:
              weir ready
              weir ready --timeout 500
            """)

    @OptionGroup var probe: ProbeOptions

    func run() throws {
        let doors = CommandSettings.ofProcess().doors
        guard !doors.isEmpty else { throw CommandFailure.noAnswer("every socket is off: there is none to ask") }
        try probe.ask(doors)
    }
}

/// What both probes do.
struct ProbeOptions: ParsableArguments {
    @Option(help: "How long to wait for each answer, in milliseconds.")
    var timeout: Int = 1_000

    func validate() throws {
        if timeout < 1 { throw ValidationError("--timeout: expected at least 1") }
    }

    func ask(_ doors: [(door: Door, path: String)]) throws {
        var troubles: [String] = []
        for (door, path) in doors {
            let answer = DoorProbe.ask(door, at: path, within: .milliseconds(timeout))
            if let trouble = answer.trouble(of: door) {
                troubles.append("\(door.rawValue)  \(path): \(trouble.what): \(trouble.fix)")
            } else {
                print("\(door.rawValue)  \(path)  \(Wording.duration(answer.elapsed))")
            }
        }
        if !troubles.isEmpty { throw CommandFailure.noAnswer(troubles.joined(separator: "\n")) }
    }
}

extension CommandSettings {
    /// The sockets that the agent serves and that can be asked, in that order; HAProxy's where there is one.
    var doors: [(door: Door, path: String)] {
        var doors = [(Door.native, socket), (.http, httpSocket), (.check, checkSocket)]
        if access(spoeSocket, F_OK) == 0 { doors.append((.spoe, spoeSocket)) }
        return doors.filter { !$0.1.isEmpty }
    }
}

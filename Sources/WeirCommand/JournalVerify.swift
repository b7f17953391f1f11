import ArgumentParser
import WeirCore
import WeirJournal

/// `weir journal verify`: is every file what was written?
struct JournalVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check every byte of the journal and the hot tables against its checksums; change nothing.",
        discussion: """
            Exit code 0: nothing is damaged, 1: something is, 2: there is no journal.

            Examples:
              weir journal verify
              WEIR_STATE_DIR=/backup/weir weir journal verify --json
            """)

    @Flag(help: "Print JSON.")
    var json = false

    private struct Row: Encodable {
        var file: String
        var kind: String
        var state: String
        var bytes: Int
        var incarnation: String?
        var totals: Int
        var windows: Int
        var damagedParts: Int
        var tornBytes: Int

        init(_ file: JournalSurvey.File) {
            self.file = file.name
            kind = file.kind
            state = file.state.rawValue
            bytes = file.byteCount
            incarnation = file.incarnation?.hex
            totals = file.cells.count
            windows = file.windows.count
            damagedParts = file.damagedParts
            tornBytes = file.tornBytes
        }
    }

    func run() throws {
        let survey = try JournalCommand.survey()
        if json {
            print(try JSONText.encode(survey.files.map(Row.init)))
        } else {
            var table = TextTable(
                ["file", "state", "bytes", "totals", "windows", "damaged", "torn"], rightAligned: [2, 3, 4, 5, 6])
            for file in survey.files {
                table.add([
                    file.name, file.state.rawValue, Wording.count(UInt64(file.byteCount)),
                    Wording.count(UInt64(file.cells.count)), Wording.count(UInt64(file.windows.count)),
                    "\(file.damagedParts)", "\(file.tornBytes)",
                ])
            }
            print(table.text)
            print(
                survey.isSound
                    ? "nothing is damaged"
                    : "damaged files: the agent puts them aside at its next start, or weir journal repair now")
        }
        if !survey.isSound { throw CommandFailure.negative("") }
    }
}

import ArgumentParser
import FoundationEssentials
import Glibc
import WeirCore
import WeirJournal
import WeirSettings

/// `weir journal repair`: put aside what is damaged, keep what is whole.
struct JournalRepair: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Do what an agent does at its start: keep what is whole as final segments, put aside what is not.",
        discussion: """
            Only while no agent runs on these directories. Nothing is thrown away: damaged files go to the journal's quarantine.
            Exit code 0: done, 2: not possible.

            Example:
              weir journal repair
            """)

    func run() throws {
        let settings = CommandSettings.ofProcess()
        let (journal, runtime) = (settings.stateDirectory + "/journal", settings.runtimeDirectory + "/usage")
        do throws(SystemError) {
            let directory = try Directory(journal)
            guard let lock = try directory.lock("lock") else {
                throw SystemError("lock", journal, number: EBUSY)
            }
            let hot = try Directory(making: runtime, mode: 0o700)
            let wall = Int64(Date().timeIntervalSince1970 * 1e6)
            let stamp = RecordStamp(number: 1, wallMicroseconds: wall, monotonicMicroseconds: 0)
            let outcome = try Succession(heir: Hash128(low: 0, high: 0), stamp: stamp).run(directory, hot) { event in
                if case .damaged(let file, let parts, let tornBytes) = event {
                    print("\(file): \(parts) damaged parts, \(tornBytes) torn bytes")
                }
                if case .foreign(let file) = event { print("\(file): of another version, left alone") }
            }
            for name in outcome.quarantined { print("\(name): put aside in \(journal)/quarantine") }
            print(
                "kept \(Wording.count(outcome.calls)) calls in \(outcome.cells) totals of \(outcome.incarnations) runs")
            _ = consume lock
        } catch {
            let hint = error.number == EBUSY ? ": an agent runs there, and mends it by itself at its next start" : ""
            throw CommandFailure.noAnswer("\(error)\(hint)")
        }
    }
}

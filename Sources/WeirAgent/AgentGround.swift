import CLinux
import Glibc
import WeirCore
import WeirJournal
import WeirSettings

/// What the agent stands on: its directories, their locks, and the hot table of this incarnation.
final class AgentGround: @unchecked Sendable {
    // Locks and the mapping are only held; nothing changes after init but their release at the very end.

    let incarnation: Hash128
    let hotFile: HotFile
    let journalPath: String
    let hotPath: String
    /// Whether the hot table lies in memory, where no write waits for a disk.
    let isHotInMemory: Bool
    private var locks: [LockBox]

    private final class LockBox {
        let lock: Descriptor
        init(_ lock: consuming Descriptor) { self.lock = lock }
    }

    init(_ settings: AgentSettings) throws(StartError) {
        journalPath = settings.stateDirectory + "/journal"
        hotPath = settings.runtimeDirectory + "/usage"
        incarnation = Self.random()
        do throws(SystemError) {
            // Clients must reach the sockets; what lies beside them is for the agent alone.
            _ = try Directory(making: settings.runtimeDirectory, mode: 0o755)
            let hot = try Directory(making: hotPath, mode: 0o700)
            let journal = try Directory(making: journalPath, mode: 0o700)
            guard let hotLock = try hot.lock("lock") else {
                throw SystemError("use", settings.runtimeDirectory, number: EBUSY)
            }
            guard let journalLock = try journal.lock("lock") else {
                throw SystemError("use", settings.stateDirectory, number: EBUSY)
            }
            locks = [LockBox(hotLock), LockBox(journalLock)]
            isHotInMemory = hot.isMemory
            hotFile = try HotFile.make(
                in: hot, incarnation: incarnation, maximumKeys: settings.maximumKeys,
                created: AgentClock.wallMicroseconds)
        } catch {
            if error.number == EBUSY {
                throw StartError(
                    "\(error.path) is in use by another agent: stop it, or set WEIR_RUNTIME_DIR and WEIR_STATE_DIR")
            }
            throw StartError("\(error): set WEIR_RUNTIME_DIR and WEIR_STATE_DIR to directories that can be written")
        }
    }

    /// 128 random bits.
    static func random() -> Hash128 {
        var hash = Hash128(low: 0, high: 0)
        _ = withUnsafeMutableBytes(of: &hash) { linux_random($0.baseAddress, $0.count) }
        return hash
    }

    /// Makes the journal, on the thread that will use it.
    func journalMaker(
        _ settings: AgentSettings, usage: LimiterGate
    ) throws(StartError) -> @Sendable (@escaping (JournalEvent) -> Void) -> Journal {
        let (journalPath, hotPath, incarnation) = (journalPath, hotPath, incarnation)
        let (deadline, maximum) = (settings.reportDeadline.microseconds, settings.journalMaximum)
        return { report in
            do throws(SystemError) {
                return Journal(
                    directory: try Directory(journalPath), runtime: try Directory(hotPath), incarnation: incarnation,
                    deadline: deadline, maximumBytes: maximum, usage: usage, report: report)
            } catch {
                // They were opened a moment ago, by this process.
                preconditionFailure("\(error)")
            }
        }
    }

    /// Lets go of the locks, at the very end.
    func release() { locks = [] }
}

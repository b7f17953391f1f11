import CLinux
import Glibc
import WeirCore
import WeirJournal
import WeirSettings

/// What the agent stands on: its directories, their locks, the hot table and the counters of this incarnation, and what those
/// before it counted.
final class AgentGround: @unchecked Sendable {
    // Locks and the mapping are only held; nothing changes after init but their release at the very end.

    let incarnation: Hash128
    let hotFile: HotFile
    let counterFile: CounterFile
    /// The leases of this incarnation, and what those before it left; nil where nothing is shared.
    let leaseFile: LeaseFile?
    let leasePredecessors: [LeaseFile.Predecessor]
    /// Every spending, for a proof; nil in service.
    let admissionFile: AdmissionFile?
    private let predecessors: CounterFile.Predecessors
    let journalPath: String
    let hotPath: String
    /// Whether the hot table lies in memory, where no write waits for a disk.
    let isHotInMemory: Bool
    private var locks: [LockBox]
    /// Whether the counters of those before are in this incarnation's file, and nowhere else.
    private var hasSucceeded = false

    private final class LockBox {
        let lock: Descriptor
        init(_ lock: consuming Descriptor) { self.lock = lock }
    }

    init(_ settings: AgentSettings, namespace: Hash128) throws(StartError) {
        journalPath = settings.stateDirectory + "/journal"
        hotPath = settings.runtimeDirectory + "/usage"
        incarnation = Self.random()
        do throws(SystemError) {
            admissionFile = settings.admissionLog.isEmpty ? nil : try AdmissionFile(settings.admissionLog)
        } catch {
            throw StartError("\(error): set WEIR_ADMISSION_LOG to a file that can be written, or off")
        }
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
            hotFile = try Self.makeHotFile(in: hot, journal, incarnation, maximumKeys: settings.maximumKeys)
            let boot = Self.boot()
            do throws(SystemError) {
                predecessors = try CounterFile.predecessors(in: hot, namespace: namespace, boot: boot)
                counterFile = try CounterFile.make(
                    in: hot, incarnation: incarnation, maximumKeys: settings.maximumKeys, namespace: namespace,
                    boot: boot, after: predecessors)
                leaseFile =
                    try settings.store.isShared
                    ? LeaseFile.make(
                        in: hot, incarnation: incarnation, maximumLeases: settings.store.maximumLeases,
                        namespace: namespace, boot: boot) : nil
                leasePredecessors =
                    try settings.store.isShared
                    ? LeaseFile.predecessors(
                        in: hot, but: leaseFile?.name, namespace: namespace, boot: boot,
                        wall: AgentClock.wallMicroseconds) : []
            } catch {
                try hot.remove(hotFile.name)
                throw error
            }
        } catch {
            if error.number == EBUSY {
                throw StartError(
                    "\(error.path) is in use by another agent: stop it, or set WEIR_RUNTIME_DIR and WEIR_STATE_DIR")
            }
            throw StartError("\(error): set WEIR_RUNTIME_DIR and WEIR_STATE_DIR to directories that can be written")
        }
    }

    /// Makes the hot table. Where there is no room, those that earlier runs left are taken over first, which needs no room in memory;
    /// otherwise that is done behind the start.
    private static func makeHotFile(
        in hot: borrowing Directory, _ journal: borrowing Directory, _ incarnation: Hash128, maximumKeys: Int
    ) throws(SystemError) -> HotFile {
        func make(_ hot: borrowing Directory) throws(SystemError) -> HotFile {
            try HotFile.make(
                in: hot, incarnation: incarnation, maximumKeys: maximumKeys, created: AgentClock.wallMicroseconds)
        }
        do throws(SystemError) {
            return try make(hot)
        } catch {
            guard error.number == ENOSPC else { throw error }
            let stamp = RecordStamp(
                number: 1, wallMicroseconds: AgentClock.wallMicroseconds,
                monotonicMicroseconds: AgentClock.monotonicMicroseconds)
            _ = try Succession(heir: incarnation, stamp: stamp).run(journal, hot) { _ in }
            return try make(hot)
        }
    }

    /// Gives the limiter what earlier runs counted, before its first check: what is left in memory, and the windows that the journal
    /// has. Of two counts of a window the higher is right: a runtime directory that lies on a disk may have come back old.
    ///
    /// - Returns: how many counters there were, how many of them there was no room for, and how many were damaged.
    func restoreCounters(
        to limiter: inout Limiter, now: Instant
    ) throws(StartError) -> (found: Int, forgotten: Int, damaged: Int) {
        do throws(SystemError) {
            let hot = try Directory(hotPath)
            let windows = try Recovery.windows(in: try Directory(journalPath)).compactMap { StoredCounter($0) }
            let counters = predecessors.counters + windows
            let forgotten = limiter.restore(counters, isSameBoot: predecessors.isSameBoot, now: now)
            hasSucceeded = true
            try counterFile.succeed(predecessors, in: hot)
            return (Set(counters.map(\.key)).count, forgotten, predecessors.damagedSlots)
        } catch {
            throw StartError("\(error): set WEIR_RUNTIME_DIR and WEIR_STATE_DIR to directories that can be written")
        }
    }

    /// Gives the limiter the log of a proof, where there is one.
    func attachAdmissions(to limiter: inout Limiter) throws(StartError) {
        guard let admissionFile else { return }
        guard let log = admissionFile.log else {
            throw StartError("WEIR_ADMISSION_LOG names a file that is no admission log: name another")
        }
        limiter.admissions = log
    }

    /// What tells this run of the machine from every other; random where the kernel does not say.
    private static func boot() -> Hash128 {
        guard let file = fopen("/proc/sys/kernel/random/boot_id", "re") else { return random() }
        defer { fclose(file) }
        var text = [UInt8](repeating: 0, count: 64)
        let count = fread(&text, 1, text.count, file)
        return count < 36 ? random() : Hash128(deriving: String(decoding: text[..<36], as: UTF8.self))
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

    /// Takes back what a start that failed has made, before anything was counted: tables that nobody will ever fill would use up the
    /// memory that they lie in, one start after the other. Counters that were taken over stay, for the next start.
    func abandon() {
        guard let hot = try? Directory(hotPath) else { return }
        try? hot.remove(hotFile.name)
        if let leaseFile { try? hot.remove(leaseFile.name) }
        if !hasSucceeded { try? hot.remove(counterFile.name) }
    }

    /// Takes a predecessor's leases away: the store has been told all of them.
    func forget(_ predecessor: LeaseFile.Predecessor) { try? Directory(hotPath).remove(predecessor.name) }

    /// Takes this incarnation's leases away: it has given all of them back.
    func forgetLeases() {
        if let leaseFile { try? Directory(hotPath).remove(leaseFile.name) }
    }

    /// Lets go of the locks, at the very end.
    func release() { locks = [] }
}

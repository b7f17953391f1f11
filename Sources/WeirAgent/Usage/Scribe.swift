import CLinux
import Glibc
import Logging
import ServiceLifecycle
import Synchronization
import WeirCalendar
import WeirCore
import WeirJournal

/// The thread that seals: each flush interval it copies changed totals to the journal and waits for the disk, so that
/// nobody else has to. It also keeps the limit table short, and the calendar ahead of the checks.
final class Scribe: Service {
    /// Limit-table slots that one tick sweeps, in holds of the lock of so many.
    private static let sweptPerTick = 16_384
    private static let sweptPerHold = 1_024

    private let thread: DedicatedThread
    private let wake: Wake

    /// Wakes the thread when it is to stop.
    private final class Wake: Sendable {
        let descriptor: Int32
        let isStopping = Atomic(false)

        init() { descriptor = linux_eventfd() }
        deinit { close(descriptor) }

        func stop() {
            isStopping.store(true, ordering: .releasing)
            var one: UInt64 = 1
            _ = write(descriptor, &one, 8)
        }

        /// Sleeps for so long, or until stopped.
        func sleep(milliseconds: Int) {
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&poller, 1, Int32(milliseconds))
        }
    }

    /// Starts sealing at once; what other incarnations left is recovered behind it.
    init(
        makeJournal: @escaping @Sendable (@escaping (JournalEvent) -> Void) -> Journal, gate: LimiterGate,
        almanac: ZoneAlmanac, intervalMilliseconds: Int, status: JournalStatus, logger: Logger
    ) throws(StartError) {
        let wake = Wake()
        self.wake = wake
        thread = try DedicatedThread("weir-scribe") {
            // The journal lives and dies on this thread.
            let journal = makeJournal { event in
                status.note(event)
                Self.log(event, logger)
            }
            journal.tick(wall: AgentClock.wallMicroseconds, monotonic: AgentClock.monotonicMicroseconds)
            journal.recover()
            while !wake.isStopping.load(ordering: .acquiring) {
                wake.sleep(milliseconds: intervalMilliseconds)
                journal.tick(wall: AgentClock.wallMicroseconds, monotonic: AgentClock.monotonicMicroseconds)
                Self.sweep(gate)
                Self.extendCalendar(gate, almanac)
            }
            journal.finish(wall: AgentClock.wallMicroseconds, monotonic: AgentClock.monotonicMicroseconds)
        }
    }

    private static func sweep(_ gate: LimiterGate) {
        for _ in 0..<sweptPerTick / sweptPerHold {
            gate.withLimiter { $0.sweep(sweptPerHold, now: AgentClock.now()) }
        }
    }

    /// Computes what comes next without the lock, then deposits it.
    private static func extendCalendar(_ gate: LimiterGate, _ almanac: ZoneAlmanac) {
        for (rule, from) in gate.withLimiter({ $0.calendarRunningOut(now: AgentClock.now()) }) {
            let timeline = almanac.timeline(rule, at: from)
            gate.withLimiter { $0.extend(rule, with: timeline) }
        }
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            await thread.join()
        } onGracefulShutdown: {
            self.wake.stop()
        }
    }

    private static func log(_ event: JournalEvent, _ logger: Logger) {
        switch event {
        case .sealing: logger.info("usage is sealed to disk")
        case .notSealing(let error):
            logger.error("usage is not sealed to disk, and kept in memory: \(error); trying again every 5 s")
        case .segmentGivenUp(let error):
            logger.warning("\(error): everything was sealed to a new segment")
        case .notRecovering(let error):
            logger.error("usage of earlier runs is not taken over until the next start: \(error)")
        case .quarantined(let file): logger.warning("\(file) was put aside in quarantine; what was whole of it is kept")
        case .recovered(let incarnations, let cells, let calls):
            logger.info("recovered usage of \(incarnations) earlier runs: \(calls) calls in \(cells) totals")
        case .damaged(let file, let parts, let tornBytes):
            logger.warning("\(file): \(parts) damaged parts and \(tornBytes) torn bytes were left out")
        case .foreign(let file): logger.error("\(file) is of another version of the agent, and was left alone")
        case .finalised(let hour, let cells): logger.debug("\(cells) totals of hours before \(hour) are final")
        case .crowded(let isCrowded, let bytes):
            if isCrowded {
                logger.warning(
                    "\(bytes) bytes of usage wait for the collector: new keys are counted together until they are sent")
            } else {
                logger.info("keys are counted apart again")
            }
        case .clockStep(let seconds):
            logger.warning("the wall clock jumped by \(seconds) s: no hour is closed for 10 minutes")
        }
    }
}

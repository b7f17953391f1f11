import Logging
import ServiceLifecycle
import WeirCore
import WeirJournal

/// The thread that seals: each flush interval it copies changed totals to the journal and waits for the disk, so that
/// nobody else has to.
final class Scribe: Service {
    private let thread: DedicatedThread
    private let pause: Pause

    /// Starts sealing at once; what other incarnations left is recovered behind it.
    init(
        makeJournal: @escaping @Sendable (@escaping (JournalEvent) -> Void) -> Journal, intervalMilliseconds: Int,
        status: JournalStatus, logger: Logger
    ) throws(StartError) {
        let pause = Pause()
        self.pause = pause
        thread = try DedicatedThread("weir-scribe") {
            // The journal lives and dies on this thread.
            let journal = makeJournal { event in
                status.note(event)
                Self.log(event, logger)
            }
            journal.tick(wall: AgentClock.wallMicroseconds, monotonic: AgentClock.monotonicMicroseconds)
            journal.recoverWhenSealing()
            while !pause.isOver {
                pause.sleep(milliseconds: intervalMilliseconds)
                journal.tick(wall: AgentClock.wallMicroseconds, monotonic: AgentClock.monotonicMicroseconds)
                journal.recoverWhenSealing()
                status.note(closedBefore: journal.closedBefore, predecessors: journal.predecessors)
            }
            journal.finish(wall: AgentClock.wallMicroseconds, monotonic: AgentClock.monotonicMicroseconds)
        }
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            await thread.join()
        } onGracefulShutdown: {
            self.pause.end()
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
            logger.error("usage of earlier runs is not taken over yet: \(error); trying again in 3 min")
        case .unreadable(let file, let error):
            logger.error("\(file) cannot be read: \(error); what it holds is not taken over yet, trying again in 3 min")
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

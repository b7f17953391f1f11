import Logging
import ServiceLifecycle
import Synchronization
import WeirCore
import WeirJournal

/// Carries what credit windows have to say to the collector, and its answers back: at once where a check waits, else a few times a
/// second. One exchange at a time; what comes up meanwhile goes with the next.
final class WindowService: Service {
    /// Between two looks where nobody waits.
    private static let tick: Duration = .milliseconds(25)
    /// After an exchange that failed.
    private static let rest: Duration = .milliseconds(250)
    /// Windows of one exchange, and windows that one look sweeps.
    private static let windowsPerExchange = 1_000
    private static let sweptPerLook = 512

    private let client: WindowClient
    private let gate: LimiterGate
    private let incarnation: Hash128
    private let runs: FinishedRuns
    private let status: WindowStatus
    private let logger: Logger
    private let answered: @Sendable () -> Void
    private let signal: WindowSignal
    /// Runs of this agent whose usage was delivered to the last cell, and whose windows the collector does not know to be over.
    private let over = Mutex<[Hash128]>([])

    /// - Parameters:
    ///   - signal: is given when a check waits.
    ///   - answered: asks checks that wait again.
    init(
        client: WindowClient, gate: LimiterGate, incarnation: Hash128, runs: FinishedRuns, signal: WindowSignal,
        status: WindowStatus, logger: Logger, answered: @escaping @Sendable () -> Void
    ) {
        self.client = client
        self.gate = gate
        self.incarnation = incarnation
        self.runs = runs
        self.status = status
        self.logger = logger
        self.answered = answered
        self.signal = signal
    }

    /// All usage of these earlier runs has arrived. May be said again and again.
    func finish(_ incarnations: [Hash128]) {
        over.withLock { over in over += incarnations.filter { !over.contains($0) } }
        signal.wake()
    }

    /// Somebody else waits for what these windows do not use.
    func recall(_ grants: [RecordID]) {
        gate.withLimiter { limiter in for grant in grants { limiter.recallCredit(grant) } }
        signal.wake()
    }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.exchange() }
            group.addTask {
                await cancelWhenGracefulShutdown {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: Self.tick)
                        self.signal.wake()
                    }
                }
                self.signal.finish()
            }
            try await group.waitForAll()
        }
        await leave()
    }

    private func exchange() async {
        for await _ in signal.wakes {
            let question = question()
            guard !question.windows.isEmpty || !question.over.isEmpty else { continue }
            if await send(question) { forget(question.over) } else { try? await Task.sleep(for: Self.rest) }
        }
    }

    private func forget(_ told: [Hash128]) {
        guard !told.isEmpty else { return }
        runs.forget(told)
        over.withLock { over in over.removeAll { told.contains($0) } }
    }

    private func question() -> ExchangeQuestion {
        var windows: [ExchangeQuestion.Window] = []
        let now = AgentClock.monotonicMicroseconds
        let seconds = AgentClock.wallMicroseconds / 1_000_000
        gate.withLimiter { limiter in
            limiter.takeCreditCalls(
                atMost: Self.windowsPerExchange, sweep: Self.sweptPerLook, now: now, seconds: seconds, into: &windows)
        }
        let over = over.withLock { Array($0.prefix(WindowExchange.maximumOver)) }
        return ExchangeQuestion(incarnation: incarnation, windows: windows, over: over)
    }

    private func send(_ question: ExchangeQuestion) async -> Bool {
        let start = AgentClock.monotonicMicroseconds
        switch await client.send(question) {
        case .answered(let answer):
            let now = AgentClock.monotonicMicroseconds
            let revived = gate.withLimiter { limiter in
                let before = limiter.windowCounters.revived
                for window in answer.windows { limiter.takeCredit(window, now: now) }
                return limiter.windowCounters.revived - before
            }
            answered()
            if revived > 0 {
                logger.error(
                    "the collector was told that this run, \(incarnation.hex), is over, by an agent with a copy of its disk: give each a state directory of its own. \(revived) windows go on"
                )
            }
            status.update { state in
                state.exchanges += 1
                state.roundTrip = now - start
                if state.failure != nil { logger.info("the collector grants again") }
                state.failure = nil
            }
            return true
        case .failed(let why):
            gate.withLimiter { $0.loseCollector() }
            status.update { state in
                state.failures += 1
                if state.failure != why {
                    logger.warning("no word from the collector: what was granted is spent until it ends: \(why)")
                }
                state.failure = why
            }
            return false
        }
    }

    /// Gives back what was not spent. The usage that was is on its way: a later run says that the windows are over.
    private func leave() async {
        let windows = gate.withLimiter { $0.leaveCredit() }
        guard !windows.isEmpty else { return }
        for first in stride(from: 0, to: windows.count, by: Self.windowsPerExchange) {
            let part = Array(windows[first..<min(first + Self.windowsPerExchange, windows.count)])
            if await !send(ExchangeQuestion(incarnation: incarnation, windows: part)) { return }
        }
    }
}

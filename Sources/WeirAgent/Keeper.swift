import ServiceLifecycle
import WeirCalendar
import WeirCore

/// The thread that keeps the limiter's tables: it sweeps out keys that time has made as new, and extends the calendar ahead of the
/// checks. Apart from the scribe, whose disk may hang for as long as it likes.
final class Keeper: Service {
    /// Between two rounds.
    private static let intervalMilliseconds = 1_000
    /// Limit-table slots that one round sweeps, in holds of the lock of so many.
    private static let sweptPerRound = 16_384
    private static let sweptPerHold = 1_024

    private let thread: DedicatedThread
    private let pause: Pause

    init(gate: LimiterGate, almanac: ZoneAlmanac) throws(StartError) {
        let pause = Pause()
        self.pause = pause
        thread = try DedicatedThread("weir-keeper") {
            var trust = WallClockTrust()
            while !pause.isOver {
                pause.sleep(milliseconds: Self.intervalMilliseconds)
                Self.sweep(gate)
                Self.expire(gate)
                _ = trust.tick(wall: AgentClock.wallMicroseconds, monotonic: AgentClock.monotonicMicroseconds)
                Self.extendCalendar(gate, almanac, mayGoBack: trust.isTrusted)
            }
        }
    }

    private static func sweep(_ gate: LimiterGate) {
        for _ in 0..<sweptPerRound / sweptPerHold {
            gate.withLimiter { $0.sweep(sweptPerHold, now: AgentClock.now()) }
        }
    }

    /// Gives up slots whose requests nobody has ended, and reports that did not come.
    private static func expire(_ gate: LimiterGate) {
        var start: Int? = 0
        while let from = start {
            start = gate.withLimiter { $0.expireOpen(from: from, scan: sweptPerHold, now: AgentClock.now()) }
        }
        while gate.withLimiter({ $0.forgetUnreported(sweptPerHold, now: AgentClock.now()) }) {}
    }

    /// Computes what comes next without the lock, then deposits it.
    private static func extendCalendar(_ gate: LimiterGate, _ almanac: ZoneAlmanac, mayGoBack: Bool) {
        for (rule, from) in gate.withLimiter({ $0.calendarRunningOut(now: AgentClock.now()) }) {
            let timeline = almanac.timeline(rule, at: from)
            gate.withLimiter { $0.extend(rule, with: timeline) }
        }
        guard mayGoBack else { return }
        for rule in gate.withLimiter({ $0.calendarAhead(now: AgentClock.now()) }) {
            let timeline = almanac.timeline(rule, at: AgentClock.wallMicroseconds)
            gate.withLimiter { $0.goBack(rule, to: timeline) }
        }
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            await thread.join()
        } onGracefulShutdown: {
            self.pause.end()
        }
    }
}

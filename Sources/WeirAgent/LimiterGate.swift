import Synchronization
package import WeirCore
import WeirJournal

/// The limiter behind its one lock: taken once per read by the reactor, and in small pieces by everybody else.
package final class LimiterGate: UsageAccess {
    /// Behind a pointer: a lock lends its value by moving it out and in again.
    private let limiter: Mutex<Heap<Limiter>>

    package init(_ limiter: consuming sending Limiter) { self.limiter = Mutex(Heap(limiter)) }

    @inline(__always)
    package func withLimiter<Result: Sendable>(_ body: (inout Limiter) -> Result) -> Result {
        limiter.withLock { body(&$0.value) }
    }

    package func withUsage<Result: Sendable>(_ body: (inout UsageTable) -> Result) -> Result {
        limiter.withLock { body(&$0.value.usage) }
    }

    package func takeUnsealedWindows(from start: Int, scan: Int) -> (windows: [WindowCount], next: Int?) {
        limiter.withLock { limiter in
            var windows: [WindowCount] = []
            let next = limiter.value.takeUnsealedWindows(from: start, scan: scan, now: AgentClock.now()) {
                windows.append($0)
            }
            return (windows, next)
        }
    }

    package func unsealWindows(from start: Int, scan: Int) -> Int? {
        limiter.withLock { $0.value.unsealWindows(from: start, scan: scan) }
    }
}

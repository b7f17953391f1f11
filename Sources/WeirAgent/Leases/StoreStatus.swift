import Synchronization
import WeirRedis

/// How the shared store does, as the exchange finds it; for status, metrics and the log.
final class StoreStatus: Sendable {
    struct State: Sendable {
        /// Runs of the script.
        var calls: UInt64 = 0
        /// Limit keys that they were about; of one tag several go in one run.
        var keys: UInt64 = 0
        /// Calls that got no answer, by the kind of trouble.
        var failures: [String: UInt64] = [:]
        /// From writing a call to its answer, smoothed over some eight; 0 before the first.
        var roundTripMicroseconds: Int64 = 0
        /// Why calls fail; nil while they do not.
        var trouble: String?
        /// Servers that take calls now.
        var servers: [String] = []
        /// What of the servers' settings weakens the bound.
        var warnings: [String] = []
    }

    private let state = Mutex(State())

    var current: State { state.withLock { $0 } }

    func update(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }
}

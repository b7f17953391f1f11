import Synchronization

/// How the exchange with the collector goes, for those who ask.
final class WindowStatus: Sendable {
    struct State: Sendable {
        var exchanges: UInt64 = 0
        var failures: UInt64 = 0
        /// Why the last exchange failed; nil while they succeed.
        var failure: String?
        /// How long the last answer took, in microseconds.
        var roundTrip: Int64 = 0
    }

    private let state = Mutex(State())

    var current: State { state.withLock { $0 } }

    func update(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
}

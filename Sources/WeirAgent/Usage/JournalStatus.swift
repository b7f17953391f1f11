import Synchronization
import WeirCore
import WeirJournal

/// What the journal has said, for status and metrics.
final class JournalStatus: Sendable {
    struct State: Sendable {
        var isSealing = false
        /// Why nothing can be sealed; nil while it can.
        var failure: String?
        var failures: UInt64 = 0
        var tornBytes: UInt64 = 0
        var damagedParts: UInt64 = 0
        var foreignFiles: UInt64 = 0
        var quarantinedFiles: UInt64 = 0
        var segmentsGivenUp: UInt64 = 0
        var recoveredCalls: UInt64 = 0
        var recoveredIncarnations: UInt64 = 0
        var isCrowded = false
        /// Nothing of hours before it changes any more, and all of it is in final segments.
        var closedBefore: UInt32 = 0
        /// The runs whose usage was taken over; nil while some may be left.
        var predecessors: [Hash128]?
    }

    private let state = Mutex(State())

    var current: State { state.withLock { $0 } }

    /// Notes how far the journal has come.
    func note(closedBefore: UInt32, predecessors: [Hash128]?) {
        state.withLock { state in
            state.closedBefore = closedBefore
            state.predecessors = predecessors
        }
    }

    func note(_ event: JournalEvent) {
        state.withLock { state in
            switch event {
            case .sealing:
                state.isSealing = true
                state.failure = nil
            case .notSealing(let error):
                state.isSealing = false
                state.failure = error.description
                state.failures += 1
            case .recovered(let incarnations, _, let calls):
                state.recoveredIncarnations += UInt64(incarnations)
                state.recoveredCalls += calls
            case .damaged(_, let parts, let tornBytes):
                state.damagedParts += UInt64(parts)
                state.tornBytes += UInt64(tornBytes)
            case .foreign: state.foreignFiles += 1
            case .quarantined: state.quarantinedFiles += 1
            case .segmentGivenUp: state.segmentsGivenUp += 1
            case .crowded(let isCrowded, _): state.isCrowded = isCrowded
            case .finalised, .clockStep, .notRecovering, .unreadable: break
            }
        }
    }
}

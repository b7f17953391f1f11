import Synchronization

/// What became of usage on its way to the collector, for status and metrics.
final class FlushStatus: Sendable {
    struct State: Sendable {
        var batches: UInt64 = 0
        var cells: UInt64 = 0
        var failures: UInt64 = 0
        var quarantined: UInt64 = 0
        /// Times that a collector which had forgotten was sent everything again.
        var refills: UInt64 = 0
        /// Times that somebody else was found to deliver under the same name: a copied disk.
        var clones: UInt64 = 0
        /// Why nothing arrives; nil while it does.
        var failure: String?
        /// Bytes of final segments that wait.
        var waitingBytes = 0
    }

    private let state = Mutex(State())

    var current: State { state.withLock { $0 } }

    func update(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }
}

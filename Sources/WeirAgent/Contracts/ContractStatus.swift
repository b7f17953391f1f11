import Synchronization
import WeirCore

/// The policy document in force, and what became of attempts to get another; for status and metrics.
final class ContractStatus: Sendable {
    /// Where the document in force came from.
    enum Source: String, Sendable {
        case none, disk, collector
    }

    struct State: Sendable {
        var source = Source.none
        /// Whether the collector has said that there is nothing to sell.
        var hasHeardOfNone = false
        /// Whether nobody has ever said what is sold: no request passes.
        var lacksOffers: Bool { source == .none && !hasHeardOfNone }
        var version: Int64 = 0
        var products = 0
        var routes = 0
        var plans = 0
        var subscriptions = 0
        var consumers = 0
        var keys = 0
        var grants = 0
        var bookBytes = 0
        /// Microseconds of the monotonic clock at which the collector last said that the version is the newest.
        var heardAt: Int64?
        /// Documents that were put in force, and what the last one took, in microseconds.
        var wholes: UInt64 = 0
        var changes: UInt64 = 0
        var lastMicroseconds: Int64 = 0
        /// Documents that were refused, and questions that the collector did not answer.
        var refusals: UInt64 = 0
        var failures: UInt64 = 0
        /// Why the newest document is not in force; nil when it is.
        var refusal: String?
        /// Why nothing comes from the collector; nil while it answers.
        var failure: String?
        /// Why the document is not on disk; nil when it is.
        var diskFailure: String?
    }

    private let state = Mutex(State())

    var current: State { state.withLock { $0 } }

    func update(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    func installed(_ book: ContractBook, from source: Source) {
        update { state in
            state.source = source
            state.version = book.version
            (state.products, state.routes) = (book.offers.productCount, book.offers.routeCount)
            (state.plans, state.subscriptions) = (book.offers.planCount, book.subscriptionCount)
            (state.consumers, state.keys, state.grants) = (book.consumerCount, book.keyCount, book.grantCount)
            state.bookBytes = book.byteCount
            state.refusal = nil
        }
    }
}

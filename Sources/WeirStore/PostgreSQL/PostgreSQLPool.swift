import Dispatch
import Synchronization

/// Lanes that are lent one at a time, whoever waits longest first, and nobody for ever.
final class PostgreSQLPool: Sendable {
    /// Transactions that wait at once; beyond, they are refused.
    static let maximumWaiting = 4_096

    private struct State {
        /// The one used last comes first: connections that are not needed stay unopened.
        var idle: [PostgreSQLLane]
        var waiting: [Waiter] = []
        var nextWaiter: UInt64 = 0
    }

    private struct Waiter {
        let number: UInt64
        let continuation: CheckedContinuation<PostgreSQLLane?, Never>
    }

    private let options: PostgreSQLOptions
    private let state: Mutex<State>

    init(_ options: PostgreSQLOptions) {
        self.options = options
        state = Mutex(
            State(idle: (0..<options.connections).reversed().map { PostgreSQLLane(options, number: $0) }))
    }

    /// Takes a lane, which must be given back.
    ///
    /// - Throws: `busy` when none gets free in time.
    func take() async throws(StoreError) -> PostgreSQLLane {
        let lane = await withCheckedContinuation { continuation in enter(continuation) }
        guard let lane else {
            throw StoreError(
                .busy,
                "all \(options.connections) connections to PostgreSQL are in use (WEIR_DATABASE_POOL): none was free within "
                    + "\(options.poolTimeout / .milliseconds(1)) ms")
        }
        return lane
    }

    func giveBack(_ lane: PostgreSQLLane) {
        let waiter = state.withLock { state -> Waiter? in
            if state.waiting.isEmpty {
                state.idle.append(lane)
                return nil
            }
            return state.waiting.removeFirst()
        }
        waiter?.continuation.resume(returning: lane)
    }

    private func enter(_ continuation: CheckedContinuation<PostgreSQLLane?, Never>) {
        enum Entry {
            case lane(PostgreSQLLane)
            case waits(UInt64)
            case full
        }
        let entry = state.withLock { state -> Entry in
            if let lane = state.idle.popLast() { return .lane(lane) }
            guard state.waiting.count < Self.maximumWaiting else { return .full }
            state.nextWaiter += 1
            state.waiting.append(Waiter(number: state.nextWaiter, continuation: continuation))
            return .waits(state.nextWaiter)
        }
        switch entry {
        case .lane(let lane): continuation.resume(returning: lane)
        case .full: continuation.resume(returning: nil)
        case .waits(let number):
            let milliseconds = Int(options.poolTimeout / .milliseconds(1))
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [weak self] in
                self?.giveUp(number)
            }
        }
    }

    private func giveUp(_ number: UInt64) {
        let waiter = state.withLock { state -> Waiter? in
            guard let place = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
            return state.waiting.remove(at: place)
        }
        waiter?.continuation.resume(returning: nil)
    }
}

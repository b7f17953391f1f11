import Dispatch
import Synchronization

/// Lanes, and the jobs that wait for them: first in, first out, and none for ever. A lane goes from one job to the next by itself,
/// however busy the threads are that asked.
final class PostgreSQLPool: Sendable {
    /// Jobs that wait at once; beyond, they are refused.
    static let maximumWaiting = 4_096

    /// Something to do on a lane.
    private struct Job: Sendable {
        let run: @Sendable (PostgreSQLLane) -> Void
        /// Instead, when no lane gets free in time.
        let refuse: @Sendable () -> Void
    }

    private struct State {
        /// The one used last comes first: connections that are not needed stay unopened.
        var idle: [PostgreSQLLane]
        var waiting: [(number: UInt64, job: Job)] = []
        var nextNumber: UInt64 = 0
    }

    private enum Entry {
        case lane(PostgreSQLLane)
        case waits(UInt64)
        case full
    }

    private let options: PostgreSQLOptions
    private let state: Mutex<State>

    init(_ options: PostgreSQLOptions) {
        self.options = options
        state = Mutex(
            State(idle: (0..<options.connections).reversed().map { PostgreSQLLane(options, number: $0) }))
    }

    /// Runs something over a connection.
    ///
    /// - Parameter timeout: of each answer; nil for the usual one.
    /// - Throws: `busy` when no connection gets free in time.
    func run<Result: Sendable>(
        timeout: Duration? = nil, _ work: @escaping @Sendable (PostgreSQLConnection) -> PostgreSQLAttempt<Result>
    ) async throws(StoreError) -> PostgreSQLAttempt<Result> {
        let attempt: PostgreSQLAttempt<Result>? = await withCheckedContinuation { continuation in
            enter(
                Job(
                    run: { continuation.resume(returning: $0.perform(timeout, work)) },
                    refuse: { continuation.resume(returning: nil) }))
        }
        if let attempt { return attempt }
        throw StoreError(
            .busy,
            "all \(options.connections) connections to PostgreSQL are in use (WEIR_DATABASE_POOL): none was free within "
                + "\(Int(options.poolTimeout / .milliseconds(1))) ms")
    }

    private func enter(_ job: Job) {
        let entry = state.withLock { state -> Entry in
            if let lane = state.idle.popLast() { return .lane(lane) }
            guard state.waiting.count < Self.maximumWaiting else { return .full }
            state.nextNumber += 1
            state.waiting.append((state.nextNumber, job))
            return .waits(state.nextNumber)
        }
        switch entry {
        case .lane(let lane): lane.queue.async { self.work(job, on: lane) }
        case .full: job.refuse()
        case .waits(let number):
            let milliseconds = Int(options.poolTimeout / .milliseconds(1))
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [weak self] in
                self?.giveUp(number)
            }
        }
    }

    /// Does a job, and those that wait, until none does. Runs on the lane's queue.
    private func work(_ first: Job, on lane: PostgreSQLLane) {
        var next: Job? = first
        while let job = next {
            job.run(lane)
            next = state.withLock { state in
                if !state.waiting.isEmpty { return state.waiting.removeFirst().job }
                state.idle.append(lane)
                return nil
            }
        }
    }

    private func giveUp(_ number: UInt64) {
        let job = state.withLock { state -> Job? in
            guard let place = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
            return state.waiting.remove(at: place).job
        }
        job?.refuse()
    }
}

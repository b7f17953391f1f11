import Synchronization
import WeirCore

/// The policy in force, as text and names, and what became of attempts to change it.
final class PolicyStatus: Sendable {
    struct State: Sendable {
        var policy: Policy
        var reloads: UInt64 = 0
        var refusals: UInt64 = 0
        /// Why the newest text is not in force; nil when it is.
        var refusal: String?
    }

    private let state: Mutex<State>

    init(_ policy: Policy) { state = Mutex(State(policy: policy)) }

    var current: State { state.withLock { $0 } }

    func adopted(_ policy: Policy) {
        state.withLock { state in
            state.policy = policy
            state.reloads += 1
            state.refusal = nil
        }
    }

    func refused(_ why: String) {
        state.withLock { state in
            state.refusals += 1
            state.refusal = why
        }
    }
}

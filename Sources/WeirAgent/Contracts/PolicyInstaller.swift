import Synchronization
import WeirCalendar
import WeirCore

/// Puts policies in force: the agent's own rules, and what the collector sells, which are compiled together.
///
/// Both change on their own. Whoever brings a change of one of them has it compiled with the other as it is, without the limiter's
/// lock; under it, pointers are swapped.
final class PolicyInstaller: Sendable {
    private struct State: Sendable {
        var policy: Policy
        var book = ContractBook()
    }

    private let state: Mutex<State>
    private let gate: LimiterGate
    private let namespace: Hash128
    let almanac: ZoneAlmanac

    /// - Parameter policy: the one that the limiter was made with.
    init(_ policy: Policy, gate: LimiterGate, namespace: Hash128, almanac: ZoneAlmanac) {
        state = Mutex(State(policy: policy))
        self.gate = gate
        self.namespace = namespace
        self.almanac = almanac
    }

    /// The book in force.
    var book: ContractBook { state.withLock { $0.book } }

    /// Whether anybody has said what is sold; until then no request passes.
    func setOffers(areKnown: Bool) { gate.withLimiter { $0.lacksOffers = !areKnown } }

    /// Puts other rules of the agent's own in force.
    func install(_ policy: Policy) throws(PolicyRefusal) {
        try change { state throws(PolicyRefusal) in
            try adopt(state.book, policy)
            state.policy = policy
        }
    }

    /// Puts another book in force; compiles only where it sells something else.
    func install(_ book: ContractBook) throws(PolicyRefusal) {
        try change { state throws(PolicyRefusal) in
            if book.offersEdition == state.book.offersEdition {
                _ = gate.withLimiter { $0.adopt(book) }
            } else {
                try adopt(book, state.policy)
            }
            state.book = book
        }
    }

    private func change(_ body: (inout State) throws(PolicyRefusal) -> Void) throws(PolicyRefusal) {
        let refusal = state.withLock { state -> PolicyRefusal? in
            do throws(PolicyRefusal) {
                try body(&state)
                return nil
            } catch {
                return error
            }
        }
        if let refusal { throw refusal }
    }

    private func adopt(_ book: ContractBook, _ policy: Policy) throws(PolicyRefusal) {
        // Compiled before the lock is taken: checks go on meanwhile.
        let next = try CompiledPolicy(policy, book.offers, namespace: namespace)
        let wall = AgentClock.wallMicroseconds
        let timelines = next.calendar.map { almanac.timeline($0, at: wall) }
        var compiled: CompiledPolicy? = consume next
        // The book before comes out, so that its memory is given back without the lock.
        let result = gate.withLimiter { limiter -> (ContractBook?, PolicyRefusal?) in
            guard let next = compiled.take() else { return (nil, nil) }
            do throws(PolicyRefusal) {
                return (try limiter.adopt(book, next, timelines: timelines), nil)
            } catch {
                return (nil, error)
            }
        }
        if let refusal = result.1 { throw refusal }
    }
}

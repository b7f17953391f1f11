/// What a node's calls meet, as the replies tell it: whether a call goes out, waits, or fails at once.
///
/// It knows neither connections nor clocks: times are given, in nanoseconds of any clock that never goes back.
package struct NodeHealth {
    package enum State: Equatable {
        /// Never connected yet, and nothing has failed: calls wait.
        case starting
        /// Calls go out.
        case ready
        /// Connected; calls fail until one, at `probe` or later, has been answered.
        case troubled(StoreTrouble, probe: UInt64)
        /// Not connected; calls fail until there is a connection, which is tried at `retry`.
        case apart(StoreTrouble, retry: UInt64)
    }

    /// What becomes of a call that comes.
    package enum Admission: Equatable {
        /// It goes out.
        case send
        /// It goes out to find out whether the trouble is over.
        case probe
        case wait
        /// It fails.
        case refuse(StoreTrouble)
    }

    /// What the node has to do.
    package enum Action: Equatable {
        /// It goes on.
        case nothing
        /// Close the connection, if there is one, and open another at this time.
        case reconnect(at: UInt64)
    }

    /// What calls meet.
    package private(set) var state = State.starting
    /// The last trouble, over or not.
    package private(set) var lastTrouble: StoreTrouble?
    /// Attempts to connect after the first.
    package private(set) var reconnects = 0
    private var pace = Pace()
    private var isProbing = false
    private var lastTry: UInt64 = 0

    /// Of a node that was never connected.
    package init() {}

    /// The trouble that calls meet now.
    package var trouble: StoreTrouble? {
        switch state {
        case .starting, .ready: nil
        case .troubled(let trouble, _), .apart(let trouble, _): trouble
        }
    }

    /// A call comes.
    package mutating func admit(now: UInt64) -> Admission {
        switch state {
        case .starting: return .wait
        case .ready: return .send
        case .troubled(let trouble, let probe):
            guard now >= probe, !isProbing else { return .refuse(trouble) }
            isProbing = true
            return .probe
        case .apart(let trouble, _): return .refuse(trouble)
        }
    }

    /// A connection is being opened.
    package mutating func tries(now: UInt64) {
        if lastTry > 0 { reconnects += 1 }
        lastTry = max(1, now)
    }

    /// The connection stands and the server is one that calls can go to.
    package mutating func connected() {
        // What was refused to a call is over only when a call is answered, or else a server that accepts connections and
        // refuses calls would be tried without a pause.
        isProbing = false
        state = .ready
    }

    /// A call was answered as it should be.
    package mutating func answered(probe: Bool) {
        switch state {
        case .ready: pace.reset()
        case .troubled where probe:
            isProbing = false
            pace.reset()
            state = .ready
        default: break
        }
    }

    /// A call that was to find out ended without telling anything of the node.
    package mutating func probeEnded() { isProbing = false }

    /// A call was refused with a trouble of the whole node; it stays connected or not.
    package mutating func refused(_ trouble: StoreTrouble, probe: Bool, now: UInt64, chance: Double) -> Action {
        if probe { isProbing = false }
        switch state {
        case .apart: return .nothing
        case .troubled where !probe: return .nothing  // sent before the first refusal came
        default: break
        }
        lastTrouble = trouble
        if trouble.needsConnection { return lost(trouble, now: now, chance: chance) }
        state = .troubled(trouble, probe: now + pace.next(after: trouble, chance: chance))
        return .nothing
    }

    /// The connection broke, did not come about, or the server is not one that calls can go to.
    package mutating func lost(_ trouble: StoreTrouble, now: UInt64, chance: Double) -> Action {
        isProbing = false
        lastTrouble = trouble
        let retry = max(lastTry + Pace.shortestNanoseconds, now + pace.next(after: trouble, chance: chance))
        state = .apart(trouble, retry: retry)
        return .reconnect(at: retry)
    }
}

extension StoreTrouble {
    /// Whether only another connection can end the trouble.
    package var needsConnection: Bool {
        switch self {
        case .wrongNode, .timedOut, .unreachable: true
        case .operatorMustAct: ["noauth", "wrongpass"].contains(label)
        case .retrySoon, .unknown, .overloaded: false
        }
    }

    /// Whether it is of a key that the call names and not of the node: calls for other keys go on.
    package var isOfKeys: Bool {
        switch self {
        case .operatorMustAct: label == "wrongtype"
        case .unknown: true
        default: false
        }
    }
}

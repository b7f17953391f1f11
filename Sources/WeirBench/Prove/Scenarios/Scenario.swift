import WeirCore

/// What one row of the proof puts agents and their store through, as data.
package struct Scenario: Sendable {
    package let name: String
    package var agents = 4
    /// The limit: tokens in so many microseconds, and the burst; a window where `window` is set.
    package var tokens: Int64 = 400
    package var microseconds: Int64 = 1_000_000
    package var burst: Int64 = 200
    /// The amount of a calendar window, in place of a bucket.
    package var window: Int64?
    /// Limit keys that the requests are about.
    package var keys = 1
    package var demand = DemandPattern.uniform
    /// Requests per second, to all agents together.
    package var load = 800.0
    package var seconds = 6.0
    package var store = StoreKind.server
    package var storeOptions: [String] = []
    /// Whether the agents' wall clocks can be moved.
    package var movesAgentClocks = false
    package var steps: [FaultStep] = []
    /// Whether clients need feel nothing of the fault. Of any other they must, or it did not come about.
    package var isUnfelt = false
    /// The least that must be admitted of what a central bucket would have; 0 where faults take what they take.
    package var leastShare = 0.0
    /// Tokens that DESIGN or the model declares as not covered by the bound.
    package var residue: Int64 = 0
    package var residueReason = ""
    /// Agents that never come back: what they admitted, a store that has forgotten it cannot know of. Declared for windows.
    package var neverReturning: Range<Int> = 0..<0
    /// The most runs of the script that agents may ask for, by check and by second, agent and key; 0 where it does not matter.
    package var mostCallsPerCheck = 0.0
    package var mostCallsPerSecond = 0.0
    /// Whether most of its checks wait for a lease, so that their time is compared with the store's round trip.
    package var waits = false
    /// Whether it belongs to the short set, too.
    package var isShort = false
    /// Settings of the agents beside the proof's.
    package var settings: [String: String] = [:]

    package init(_ name: String, _ change: (inout Scenario) -> Void = { _ in }) {
        self.name = name
        change(&self)
    }

    package var hasFault: Bool { !steps.isEmpty }

    package var bound: Bound { Self.bound(window: window, tokens: tokens, microseconds: microseconds, burst: burst) }

    private static func bound(window: Int64?, tokens: Int64, microseconds: Int64, burst: Int64) -> Bound {
        if let window { return .window(window) }
        guard let terms = LimitTerms(capacity: burst, tokens: tokens, microseconds: microseconds) else {
            preconditionFailure("the amounts of a scenario are sound")
        }
        return .bucket(terms)
    }

    /// The amounts that the scenario lowers to, and when.
    package var lowered: (bound: Bound, at: Double)? {
        for step in steps {
            if case .lower(let tokens, let burst) = step.move {
                return (Self.bound(window: nil, tokens: tokens, microseconds: 1_000_000, burst: burst), step.at)
            }
        }
        return nil
    }

    /// The agents' policy.
    package func policy(_ outage: OutageRule) -> String {
        if let window { return "proved: \(window)/year by ip \(outage.clause)" }
        let unit = microseconds == 60_000_000 ? "min" : "s"
        return Self.policy("\(tokens)/\(unit) burst \(burst)", outage)
    }

    static func policy(_ amount: String, _ outage: OutageRule) -> String { "proved: \(amount) by ip \(outage.clause)" }

    /// The rows that a scenario gives: one where nothing breaks, one for each outage policy where something does.
    package var outages: [OutageRule] { hasFault && window == nil ? [.deny, .local] : [.deny] }
}

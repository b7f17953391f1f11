/// What became of one scenario under one outage policy.
package struct ProofRow: Sendable {
    package let scenario: String
    package let outage: OutageRule
    package let agents: Int
    package let seed: UInt64
    package let bound: Bound
    /// Requests that were made, and of what became of them.
    package var offered = 0
    package var answered = 0
    package var late = 0
    /// Tokens, by the agents' logs, and those of them that outage policies have spent.
    package var admitted: Int64 = 0
    package var alone: Int64 = 0
    /// Tokens that one central bucket would have admitted.
    package var central: Int64 = 0
    /// Tokens beyond the bound: the worst interval of any key.
    package var over: Int64 = 0
    /// Tokens beyond the bound that are declared: a residue of the design, or the formula of `local`.
    package var declared = 0.0
    package var declaredReason = ""
    package var leastShare = 0.0
    /// Runs of the lease script.
    package var calls = 0
    package var callsPerAgentKeySecond = 0.0
    package var p50Microseconds = 0.0
    package var p99Microseconds = 0.0
    /// From the last step of the fault to the last request that an outage policy decided, or that nobody answered; nil without a fault, or when that never ended.
    package var recoverySeconds: Double?
    /// One round trip to the store, measured by the process that makes the load; the median.
    package var roundTripMicroseconds = 0.0
    /// What else was measured, in words.
    package var facts: [String] = []
    /// What is wrong with the row, each in words; empty where it holds.
    package var failures: [String] = []

    package init(_ scenario: Scenario, _ outage: OutageRule, seed: UInt64) {
        self.scenario = scenario.name
        self.outage = outage
        self.seed = seed
        agents = scenario.agents
        bound = scenario.bound
        leastShare = scenario.leastShare
    }

    package var share: Double { central == 0 ? 1 : Double(admitted) / Double(central) }
    package var callsPerCheck: Double { offered == 0 ? 0 : Double(calls) / Double(offered) }
    package var holds: Bool { failures.isEmpty }
}

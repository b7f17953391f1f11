/// All scenarios of the proof.
package enum Scenarios {
    package static let all: [Scenario] =
        healthy + agentFaults + storeFaults + troubles + amounts + network + clocks + topologies

    /// Seconds into the load at which things break.
    static let breaks = 1.5
}

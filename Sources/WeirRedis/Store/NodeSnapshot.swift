/// How one server does, for status pages and metrics. Nothing in it is secret.
package struct NodeSnapshot: Sendable, Equatable {
    package var address: RedisAddress
    /// Whether calls go out to it now.
    package var isReady: Bool
    /// What calls meet now, nil where they go out or wait for the first connection.
    package var trouble: StoreTrouble?
    /// The last that there was.
    package var lastTrouble: StoreTrouble?
    /// Attempts to connect after the first.
    package var reconnects: Int
    /// Calls that were answered.
    package var answered: UInt64
    /// Of the last call, and smoothed over some ten; 0 before the first.
    package var roundTripNanoseconds: UInt64
    package var smoothedRoundTripNanoseconds: UInt64
    /// What the server last said of itself, nil before it did.
    package var facts: ServerFacts?
}

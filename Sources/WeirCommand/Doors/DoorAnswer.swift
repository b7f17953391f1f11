/// What came of asking a door.
package struct DoorAnswer: Equatable, Sendable {
    package enum Verdict: Equatable, Sendable {
        case served
        /// The agent is there, and does not serve this user, or has no room.
        case refused
        /// It listens, and says nothing in time.
        case silent
        /// It ended the connection without a word.
        case ended
        /// Something answers, which is no agent.
        case strange
        /// The connection was not made; the system's error number.
        case unreachable(Int32)
    }

    package var verdict: Verdict
    /// From connecting to the answer; the shortest, where it was asked several times.
    package var elapsed: Duration

    package init(_ verdict: Verdict, elapsed: Duration) {
        self.verdict = verdict
        self.elapsed = elapsed
    }

    package var isServed: Bool { verdict == .served }
}

/// The reactor's caps; what happens beyond each is said beside it.
package struct ReactorLimits: Sendable {
    /// Connections in all; one more takes the place of one that has said nothing for a second, or is told so and closed.
    package var connections: Int
    /// Connections of one user, or of all TCP clients together; likewise.
    package var connectionsPerUser: Int
    /// Microseconds from a connection's beginning to its first byte; then it closes.
    package var helloDeadline: Int64
    /// Requests of a connection that may wait here: whole ones are not read while others wait, and not more than so many of
    /// the smallest at once.
    package var inFlight: Int
    /// Bytes of answers that may wait for one client: its turn ends before they are more, and it is not read from.
    package var writeBufferBytes: Int
    /// Requests of a connection in one turn; the rest waits for its next.
    package var framesPerTurn: Int
    /// Microseconds from a request's first byte to its last; then the connection closes.
    package var frameDeadline: Int64
    /// Microseconds for which answers may lie unread; then the connection closes.
    package var writeDeadline: Int64
    /// Limit keys that one user may add in a second; beyond, new ones count in the limits' overflow entries.
    package var newKeysPerSecond: Int
    /// Microseconds for which a check may wait for the shared store, and how many may at once; then each is decided without it.
    package var storeBudget: Int64
    package var waitingChecks: Int
    /// Microseconds for which a check may wait for the collector to grant something.
    package var creditBudget: Int64

    package init(
        connections: Int, connectionsPerUser: Int, helloDeadline: Int64, inFlight: Int, writeBufferBytes: Int,
        framesPerTurn: Int, frameDeadline: Int64, writeDeadline: Int64, newKeysPerSecond: Int,
        storeBudget: Int64, waitingChecks: Int, creditBudget: Int64 = 250_000
    ) {
        self.connections = connections
        self.connectionsPerUser = connectionsPerUser
        self.helloDeadline = helloDeadline
        self.inFlight = inFlight
        self.writeBufferBytes = writeBufferBytes
        self.framesPerTurn = framesPerTurn
        self.frameDeadline = frameDeadline
        self.writeDeadline = writeDeadline
        self.newKeysPerSecond = newKeysPerSecond
        self.storeBudget = storeBudget
        self.waitingChecks = waitingChecks
        self.creditBudget = creditBudget
    }
}

/// The reactor's caps; what happens beyond each is said beside it.
package struct ReactorLimits: Sendable {
    /// Connections in all; one more is told so and closed.
    package var connections: Int
    /// Connections of one user; likewise.
    package var connectionsPerUser: Int
    /// Microseconds from a request's first byte to its last; then the connection closes.
    package var frameDeadline: Int64
    /// Microseconds for which answers may lie unread; then the connection closes.
    package var writeDeadline: Int64
    /// Limit keys that one user may add in a second; beyond, new ones count in the limits' overflow entries.
    package var newKeysPerSecond: Int

    package init(
        connections: Int, connectionsPerUser: Int, frameDeadline: Int64, writeDeadline: Int64, newKeysPerSecond: Int
    ) {
        self.connections = connections
        self.connectionsPerUser = connectionsPerUser
        self.frameDeadline = frameDeadline
        self.writeDeadline = writeDeadline
        self.newKeysPerSecond = newKeysPerSecond
    }
}

/// What happened in one turn of a door, for the metrics.
package struct DoorTally: Equatable, Sendable {
    package var requests = 0
    /// Frames and requests that broke their protocol.
    package var malformed = 0
    /// HTTP requests whose path names no dialect.
    package var unknownPaths = 0
    package var reports = 0

    package init() {}
}

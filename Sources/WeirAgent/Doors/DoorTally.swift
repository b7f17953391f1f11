/// What happened in one turn of a door, for the metrics.
package struct DoorTally: Equatable, Sendable {
    package var requests = 0
    /// Frames and requests that broke their protocol.
    package var malformed = 0
    /// Those of them that were too large, or lied about their length.
    package var oversized = 0
    /// HTTP requests whose path names no dialect.
    package var unknownPaths = 0
    /// Messages of HAProxy's that have another name than the agent's.
    package var unknownMessages = 0
    package var reports = 0
    /// Checks that wait for the shared store.
    package var held = 0
    /// New limit keys that were counted together, as the client brought too many.
    package var throttledKeys = 0

    package init() {}
}

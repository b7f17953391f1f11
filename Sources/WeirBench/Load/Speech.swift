/// What is spoken on a connection of the load.
package enum Speech: Sendable {
    /// Frames: answers carry their request's id, and may overtake each other.
    case native
    /// HTTP/1.1: answers come in the order of the requests.
    case http
}

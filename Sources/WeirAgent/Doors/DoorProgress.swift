/// What a door made of the bytes it was given.
package struct DoorProgress: Equatable, Sendable {
    /// Bytes that are done with; the rest belongs to a request that is not whole yet, or to the next turn.
    package var consumed: Int
    /// What the connection does next.
    package var next: Next

    package enum Next: Equatable, Sendable {
        /// Wait for more bytes.
        case read
        /// Give others their turn, then go on with the bytes that are here.
        case yield
        /// Send what was written, then close.
        case close
        /// The next request waits for the shared store: nothing behind it is looked at.
        case wait
    }

    package init(consumed: Int, next: Next) {
        self.consumed = consumed
        self.next = next
    }
}

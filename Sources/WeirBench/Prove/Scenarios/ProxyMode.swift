/// What the fault proxy does to what passes between agents and store.
package enum ProxyMode: Equatable, Sendable {
    /// Nothing.
    case clear
    /// Requests arrive so many milliseconds late.
    case delay(milliseconds: Int)
    /// Requests are run, and after so many of a connection none of its answers comes back any more.
    case dropReplies(after: Int)
    /// A copy of each call is run again, so many milliseconds later, over another connection.
    case twice(milliseconds: Int)
}

/// How much a closed loop has under way: so many connections, each with so many requests unanswered.
package struct LoadShape: Hashable, Sendable, CustomStringConvertible {
    package static let maximumConnections = 4_096
    /// Requests that one connection may have unanswered, as the protocol allows.
    package static let maximumInFlight = 1_024

    package let connections: Int
    package let inFlight: Int

    package init(connections: Int, inFlight: Int) {
        precondition((1...Self.maximumConnections).contains(connections), "connections out of bounds")
        precondition((1...Self.maximumInFlight).contains(inFlight), "requests in flight out of bounds")
        self.connections = connections
        self.inFlight = inFlight
    }

    package var description: String { "\(connections) × \(inFlight)" }
}

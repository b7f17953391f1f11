/// A door of the agent, as it was found from outside.
package struct SocketFacts: Equatable, Sendable {
    package var door: Door
    /// Where it is by the variables; empty where it is off.
    package var path: String
    /// What came of asking it.
    package var answer: DoorAnswer
    /// What lies on the way, as far as there is something.
    package var way: [PathPart]
    /// WEIR_PEERS of the agent, where its admin endpoint tells; empty for everybody.
    package var peers: [String]?

    package init(door: Door, path: String, answer: DoorAnswer, way: [PathPart], peers: [String]? = nil) {
        self.door = door
        self.path = path
        self.answer = answer
        self.way = way
        self.peers = peers
    }
}

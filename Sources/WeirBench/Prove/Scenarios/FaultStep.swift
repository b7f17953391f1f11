/// When something is done to the fleet or its store.
package struct FaultStep: Equatable, Sendable {
    /// Seconds from the start of the load.
    package let at: Double
    package let move: FaultMove

    package init(_ at: Double, _ move: FaultMove) {
        self.at = at
        self.move = move
    }

    package init(_ at: Double, store move: StoreMove) { self.init(at, .store(move)) }
}

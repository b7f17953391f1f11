import WeirCore
import WeirJournal

/// What agents that are gone left to say to the store, and which of it has been said.
struct Testament {
    private var open: [LeaseFile.Predecessor]
    private var settlements: [LeaseSettlement]
    private let forget: (LeaseFile.Predecessor) -> Void

    /// - Parameter forget: takes a predecessor's file away when all of it has been said.
    init(_ predecessors: [LeaseFile.Predecessor], forget: @escaping (LeaseFile.Predecessor) -> Void) {
        open = predecessors
        self.forget = forget
        settlements = predecessors.flatMap(\.settlements)
    }

    var isDone: Bool { open.isEmpty }

    /// What is left to be said, of windows that go on.
    ///
    /// - Parameter wall: the wall clock, in microseconds.
    mutating func next(_ maximum: Int, wall: Int64) -> ArraySlice<LeaseSettlement> {
        settlements.removeAll { $0.end <= wall }
        close()
        return settlements.prefix(maximum)
    }

    /// The store has heard it.
    mutating func said(_ settlement: LeaseSettlement) {
        settlements.removeAll { $0 == settlement }
        close()
    }

    private mutating func close() {
        guard settlements.isEmpty else { return }
        for predecessor in open { forget(predecessor) }
        open = []
    }
}

import Glibc

/// One thing that is done to the fleet or its store while the load runs.
package enum FaultMove: Equatable, Sendable {
    /// kill -9, of agents by number.
    case killAgents(Range<Int>)
    case startAgents(Range<Int>)
    case signalAgents(Range<Int>, Int32)
    case killStore
    /// Started again over what it left in its directory, with further options.
    case startStore([String])
    case signalStore(Int32)
    /// Commands over one connection; none may be refused.
    case ask([[String]])
    /// A command whose answer nobody waits for.
    case tell([String])
    /// Another policy in the agents' file, and SIGHUP.
    case lower(perSecond: Int64, burst: Int64)
    case proxy(ProxyMode)
    /// The wall clock of the store, by seconds against the machine's.
    case storeClock(Double)
    /// The wall clocks of agents.
    case agentClocks(Range<Int>, Double)
    /// The primary is stopped for good, and its replica made primary by the Sentinels.
    case killPrimary
    /// All slots of the first node are moved to the second, one after the other.
    case reshard
    /// Nothing: from here on all should be mended.
    case mended
}

/// When something is done.
package struct FaultStep: Equatable, Sendable {
    /// Seconds from the start of the load.
    package let at: Double
    package let move: FaultMove

    package init(_ at: Double, _ move: FaultMove) {
        self.at = at
        self.move = move
    }
}

/// One thing that is done to the fleet or its store while the load runs.
package enum FaultMove: Equatable, Sendable {
    /// kill -9, of agents by number.
    case killAgents(Range<Int>)
    case startAgents(Range<Int>)
    case signalAgents(Range<Int>, Int32)
    /// The agents' wall clocks, by seconds against the machine's.
    case agentClocks(Double)
    /// Another policy in the agents' file, and SIGHUP.
    case lower(perSecond: Int64, burst: Int64)
    case store(StoreMove)
    /// Nothing: from here on all should be mended.
    case mended
}

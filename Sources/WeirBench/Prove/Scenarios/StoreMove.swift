/// One thing that is done to the store of a scenario.
package enum StoreMove: Equatable, Sendable {
    case kill
    /// Started again over what it left in its directory, with further options.
    case start([String])
    case signal(Int32)
    /// Commands over one connection; none may be refused.
    case ask([[String]])
    /// A command whose answer nobody waits for.
    case tell([String])
    case proxy(ProxyMode)
    /// Its wall clock, by seconds against the machine's.
    case clock(Double)
    /// The replica hears nothing more of its primary.
    case cutReplica
    /// The slots of a cluster's first node begin to move to the second, with their keys.
    case openSlots
    /// The second node serves them.
    case closeSlots
}

/// Something that an operator wants to read once, when it changes. Nothing in it is secret.
package enum StoreEvent: Sendable, Equatable {
    /// A server takes calls now, for the first time or again.
    case ready(RedisAddress, ServerFacts)
    /// Calls to a server fail; told again when the kind of trouble changes.
    case trouble(RedisAddress, StoreTrouble)
    /// Settings of a server weaken the bound; told when they change, empty when they are mended.
    case warnings(RedisAddress, [ServerWarning])
    /// Calls go to these servers now: a failover, or a cluster that changed.
    case nodes([RedisAddress])
    /// No Sentinel, or no node of a cluster, tells where calls should go.
    case lost(StoreTrouble)
}

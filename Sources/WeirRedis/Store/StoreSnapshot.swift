/// How the store does. Nothing in it is secret.
package struct StoreSnapshot: Sendable, Equatable {
    /// The servers that calls go to now, in no order; with Sentinels the primary alone.
    package var nodes: [NodeSnapshot]
    /// Why calls find no node, where none is known: no Sentinel answers, or no node of a cluster.
    package var trouble: StoreTrouble?
}

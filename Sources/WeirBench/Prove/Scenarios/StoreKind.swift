/// What the agents of a scenario share.
package enum StoreKind: String, Equatable, Sendable {
    /// One server.
    case server
    /// One server, whose wall clock can be moved.
    case clockedServer
    /// One server behind the fault proxy.
    case proxied
    /// A primary with a replica, watched by three Sentinels.
    case sentinels
    /// Three nodes.
    case cluster
    /// Nothing: what happens when nobody shares, which the proof must notice.
    case none
}

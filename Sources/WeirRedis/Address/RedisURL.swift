/// Where the store is, as `WEIR_REDIS_URL` says it.
///
/// | form | store |
/// |---|---|
/// | `redis://[user:password@]host[:port][/db]` | one server, over TCP |
/// | `rediss://…` | the same, over TLS |
/// | `unix:PATH[?db=N]` | one server, at a Unix socket |
/// | `redis+sentinel://host[:port],host[:port]/name[?db=N]` | the primary that Sentinels name |
/// | `redis+cluster://host[:port],host[:port]` | a cluster, found through any of these nodes |
///
/// `rediss+sentinel` and `rediss+cluster` are the same over TLS. Credentials may stand before any host list, percent-encoded;
/// an IPv6 address stands in brackets. Its description has no credentials.
package struct RedisURL: Sendable, Equatable {
    /// How the servers belong together.
    package enum Topology: Sendable, Equatable {
        case single(RedisAddress)
        /// - sentinels: at least one. name: of the primary, as the Sentinels know it.
        case sentinel([RedisAddress], name: String)
        /// - seeds: at least one.
        case cluster([RedisAddress])
    }

    /// Ports where none is written.
    static let defaultPort = 6379
    static let defaultSentinelPort = 26379
    /// As many hosts a URL may list.
    static let maximumHosts = 64

    package var topology: Topology
    package var isEncrypted: Bool
    package var user: String?
    package var password: String?
    /// The number of the database, 0 in a cluster.
    package var database: Int
}

extension RedisURL: CustomStringConvertible {
    /// The URL without user and password.
    package var description: String {
        let scheme = isEncrypted ? "rediss" : "redis"
        let query = database == 0 ? "" : "?db=\(database)"
        switch topology {
        case .single(.unix(let path)): return "unix:\(path)\(query)"
        case .single(let address): return "\(scheme)://\(address)\(database == 0 ? "" : "/\(database)")"
        case .sentinel(let hosts, let name):
            return "\(scheme)+sentinel://\(hosts.map(\.description).joined(separator: ","))/\(name)\(query)"
        case .cluster(let hosts):
            return "\(scheme)+cluster://\(hosts.map(\.description).joined(separator: ","))"
        }
    }
}

extension RedisURL: CustomDebugStringConvertible, CustomReflectable {
    /// As the description, so that no print shows a password.
    package var debugDescription: String { description }

    /// Nothing, so that no dump shows a password.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

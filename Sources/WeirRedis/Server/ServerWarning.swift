/// A setting of a server that weakens the bound. Enforcement goes on.
package enum ServerWarning: Sendable, Hashable, CustomStringConvertible {
    /// `maxmemory-policy` is not `noeviction`.
    case eviction(policy: String)
    /// There is no append-only file.
    case persistence(hasSnapshot: Bool)
    /// Replicas follow, and nothing makes the primary wait for them.
    case replicas(Int)
    /// Older than 7.0, for which the script was written.
    case version(String)

    /// What is wrong, by how much the bound may fail, what to set.
    package var description: String {
        switch self {
        case .eviction(let policy):
            """
            maxmemory-policy is \(policy): a key that is evicted is full again, so each eviction may admit one more burst B of \
            its limit, or Q of its window, and nothing notices it; set maxmemory-policy noeviction
            """
        case .persistence(let hasSnapshot):
            """
            no append-only file: a crash of the server forgets \(hasSnapshot ? "all since the last snapshot" : "everything"). \
            Rates are frozen then and keep their bound; a window may admit beyond Q what agents that never return were granted \
            in the part that is lost; set appendonly yes and appendfsync everysec
            """
        case .replicas(let count):
            """
            \(count) replica\(count == 1 ? "" : "s") and no min-replicas-to-write: a primary that was deposed goes on granting \
            for as long as agents reach it, up to B + R·d beside what the new one grants, or Q of a window; set \
            min-replicas-to-write 1 and min-replicas-max-lag below WEIR_REDIS_DEPOSED
            """
        case .version(let version):
            "Redis \(version) is older than 7.0, for which the script was written: no bound is promised; update the server"
        }
    }
}

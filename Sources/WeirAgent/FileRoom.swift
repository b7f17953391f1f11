import Glibc

/// The files that the process may have open, and how many of them connections may take: a client that opens one connection after
/// the other must not keep the journal from its files.
package struct FileRoom: Equatable, Sendable {
    /// Fewer connections than these are not worth a start.
    package static let fewestConnections = 16
    /// What the agent holds at all times: journal, hot table, locks, listeners, epoll, log.
    private static let own = 24
    /// What an event loop of the admin endpoint and of the collector's client holds; there is one for each processor.
    private static let perProcessor = 4

    package let limit: Int
    package let kept: Int

    /// - Parameters:
    ///   - limit: files that the process may have open.
    ///   - reserved: files for what comes and goes: segments of the journal, connections to the collector.
    package init(limit: Int, reserved: Int, adminConnections: Int, processors: Int) {
        self.limit = limit
        kept = Self.own + reserved + adminConnections + Self.perProcessor * max(1, processors)
    }

    package var connections: Int { max(0, limit - kept) }

    /// Takes as many files as the administrator allows, and returns their number.
    static func raisedLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }
}

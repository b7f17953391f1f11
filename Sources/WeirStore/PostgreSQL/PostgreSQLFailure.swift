/// Why the server, or the way to it, did not do what was asked.
struct PostgreSQLFailure: Error, Equatable, Sendable {
    /// What makes sense after a failure. In each case the transaction is gone.
    enum Remedy: Equatable, Sendable {
        /// The same would fail again.
        case none
        /// Others were in the way: run the whole body again.
        case again
        /// The same, over a new connection.
        case reconnect
        /// The same, when `usage_hour` has a partition for this hour.
        case partition(hour: Int64)
    }

    /// SQLSTATE, five characters; empty where the connection failed, or libpq.
    let state: String
    let message: String
    /// Whether the connection can be used no more.
    let isBroken: Bool
    /// The hour of a row that no partition of `usage_hour` takes.
    let hourWithoutPartition: Int64?

    init(state: String = "", _ message: String, isBroken: Bool = false, hourWithoutPartition: Int64? = nil) {
        self.state = state
        self.message = message
        self.isBroken = isBroken
        self.hourWithoutPartition = hourWithoutPartition
    }

    var remedy: Remedy {
        if let hourWithoutPartition { return .partition(hour: hourWithoutPartition) }
        switch state {
        // Serialization failure, deadlock.
        case "40001", "40P01": return .again
        // Two transactions made the same key at once: the second one that runs again finds it. A key that the body itself
        // makes twice is refused every time, which `PostgreSQLRetry` ends soon.
        case "23505": return .again
        // The server shuts down, has crashed, starts, ended an idle session, has no slot, or became a standby.
        case "57P01", "57P02", "57P03", "57P05", "25P03", "53300", "25006": return .reconnect
        default: return isBroken || state.hasPrefix("08") ? .reconnect : .none
        }
    }

    /// Whether it may be the body's own doing, and not that of others.
    var isSuspect: Bool { state == "23505" }

    /// The failure as those who asked are told it.
    var storeError: StoreError {
        switch state {
        case "40001", "40P01": StoreError(.busy, "other transactions were in the way: \(message)")
        case "57014": StoreError(.busy, "it took longer than WEIR_DATABASE_TIMEOUT: \(message)")
        case "42501":
            StoreError(
                .failed,
                "\(message): the user needs a database of its own (ALTER DATABASE … OWNER TO …), or CREATE on its schema"
            )
        default:
            remedy == .reconnect
                ? StoreError(.unavailable, message)
                : StoreError(.failed, state.isEmpty ? message : "\(message) (SQLSTATE \(state))")
        }
    }
}

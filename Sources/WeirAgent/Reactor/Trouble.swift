/// A way in which clients run into the agent's caps or break its protocols: what is counted of it, and what is logged.
package enum Trouble: Int, CaseIterable, Sendable {
    case tooManyConnections, tooManyOfUser, notAllowed, noDescriptors
    case silent, slowRequest, slowReader
    case malformed, oversized
    case tooManyNewKeys, tooManyAdminConnections
    case malformedLine, lineNotAllowed, lineDropped

    /// The metric's name, and its label where several share it.
    package var metric: (name: String, labels: [(String, String)]) {
        switch self {
        case .tooManyConnections: ("weir_connections_refused_total", [("reason", "total")])
        case .tooManyOfUser: ("weir_connections_refused_total", [("reason", "user")])
        case .notAllowed: ("weir_connections_refused_total", [("reason", "peer")])
        case .noDescriptors: ("weir_connections_refused_total", [("reason", "files")])
        case .silent: ("weir_door_silent_total", [])
        case .slowRequest: ("weir_door_deadlines_total", [])
        case .slowReader: ("weir_door_slow_readers_total", [])
        case .malformed: ("weir_door_malformed_total", [])
        case .oversized: ("weir_door_oversized_total", [])
        case .tooManyNewKeys: ("weir_limit_new_keys_throttled_total", [])
        case .tooManyAdminConnections: ("weir_admin_connections_refused_total", [])
        case .malformedLine: ("weir_log_lines_total", [("result", "malformed")])
        case .lineNotAllowed: ("weir_log_lines_total", [("result", "refused")])
        case .lineDropped: ("weir_log_dropped_total", [])
        }
    }

    /// What happens, and which setting decides it, for the log.
    package var description: String {
        switch self {
        case .tooManyConnections: "connections are refused: too many in all (WEIR_MAX_CONNECTIONS)"
        case .tooManyOfUser: "connections are refused: too many of one user (WEIR_MAX_CONNECTIONS_PER_USER)"
        case .notAllowed: "connections are refused: their user may not (WEIR_PEERS)"
        case .noDescriptors: "connections are refused: no open files left (LimitNOFILE, ulimit -n)"
        case .silent: "connections are closed: they sent nothing in time (WEIR_HELLO_DEADLINE)"
        case .slowRequest: "connections are closed: a request was not whole in time (WEIR_FRAME_DEADLINE)"
        case .slowReader: "connections are closed: their answers were not read in time (WEIR_WRITE_DEADLINE)"
        case .malformed: "requests break their protocol, and their connections are closed"
        case .oversized: "requests are too large (WEIR_MAX_FRAME, WEIR_MAX_HEAD)"
        case .tooManyNewKeys: "new limit keys are counted together: too many of one user (WEIR_MAX_NEW_KEYS)"
        case .tooManyAdminConnections: "admin connections are refused: too many (WEIR_MAX_ADMIN_CONNECTIONS)"
        case .malformedLine: "lines of access logs are none that can be counted (protocol/log.md)"
        case .lineNotAllowed: "lines of access logs are refused: their user may not (WEIR_PEERS)"
        case .lineDropped: "lines of access logs are lost: they come faster than they are counted (WEIR_LOG_BUFFER)"
        }
    }
}

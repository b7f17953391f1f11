/// The ways in which nginx asks, as `deploy/nginx` has them: each with what happens when there is no agent.
enum NginxVariant: String, CaseIterable, Sendable {
    case authOpen, authClosed, njsOpen, njsClosed, accelOpen, accelClosed

    /// Whether requests pass without an agent.
    var isOpen: Bool { self == .authOpen || self == .njsOpen || self == .accelOpen }

    /// Whether allowed answers show what is left; nginx drops the agent's fields behind an X-Accel-Redirect.
    var showsLimits: Bool { self != .accelOpen && self != .accelClosed }

    /// Whether a denial is exactly the agent's own body; else it may be nginx's way of saying the same.
    var statusWithoutAgent: [Int] {
        switch self {
        case .authOpen, .njsOpen, .accelOpen: [200]
        case .authClosed, .njsClosed: [503]
        case .accelClosed: [502, 504]
        }
    }

    /// What each level of nginx's configuration includes; the first is of the http block.
    var files: (http: String, server: String?, location: String) {
        switch self {
        case .authOpen: ("upstream.conf", "server.conf", "protect.conf")
        case .authClosed: ("upstream.conf", "server-closed.conf", "protect.conf")
        case .njsOpen: ("njs/http.conf", "njs/server.conf", "njs/protect-open.conf")
        case .njsClosed: ("njs/http.conf", "njs/server.conf", "njs/protect-closed.conf")
        case .accelOpen: ("accel/http.conf", nil, "accel/protect-open.conf")
        case .accelClosed: ("accel/http.conf", nil, "accel/protect-closed.conf")
        }
    }

    /// Whether the location itself goes on to the site; the other variants name a location that does.
    var isAuth: Bool { self == .authOpen || self == .authClosed }
}

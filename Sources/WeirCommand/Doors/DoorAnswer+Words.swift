import Glibc

extension DoorAnswer {
    /// What it means, without the path, and what to do; nil for no trouble.
    package func trouble(of door: Door) -> (what: String, fix: String)? {
        switch verdict {
        case .served: nil
        case .refused:
            (
                "the agent refuses this user, or has no room for another connection",
                "name the user in WEIR_PEERS, or raise WEIR_MAX_CONNECTIONS"
            )
        case .silent:
            ("the agent does not answer within \(Wording.duration(elapsed))", "look at the agent: weir status, its log")
        case .ended: ("the connection was closed without an answer", "look at the agent's log")
        case .strange: ("what answers is no agent", "set \(door.variable) to the agent's socket")
        case .unreachable(ENOENT): ("there is no socket", "start weir-agent, or set \(door.variable)")
        case .unreachable(ECONNREFUSED): ("nobody listens on it any more", "start weir-agent")
        case .unreachable(EACCES):
            ("your user may not use it", "run this as root, or as a member of the socket's group (WEIR_SOCKET_GROUP)")
        case .unreachable(EAGAIN):
            ("its queue is full", "look at the agent: it accepts nobody (weir status, its log)")
        case .unreachable(let number):
            (String(cString: strerror(number)), "set \(door.variable) to the agent's socket")
        }
    }
}

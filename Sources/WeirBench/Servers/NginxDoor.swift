/// What stands before nginx's site.
package enum NginxDoor: String, CaseIterable, Sendable {
    case nothing
    /// nginx's own limiter.
    case limitReq
    /// `auth_request` to a stub that answers 200.
    case stub
    /// `auth_request` to the agent.
    case agent
}

/// What stands before a web server's site.
package enum WebDoor: String, CaseIterable, Sendable {
    case nothing
    /// The server's own limiter.
    case own
    /// The same configuration as for the agent, which asks a program in C that decides nothing.
    case stub
    case agent
}

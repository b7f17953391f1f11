/// A way in which a web server asks the agent.
package enum WebServer: String, CaseIterable, Sendable {
    /// nginx's `auth_request`: the HTTP door.
    case nginx
    /// nginx with its Lua module: the native door.
    case lua
    /// HAProxy: the SPOE door.
    case haproxy
}

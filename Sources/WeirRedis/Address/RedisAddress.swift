/// Where a server is.
package enum RedisAddress: Hashable, Sendable, CustomStringConvertible {
    /// A name or an IP address without brackets, and a port.
    case tcp(host: String, port: Int)
    /// A socket's path.
    case unix(path: String)

    /// As it is written in a URL.
    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    /// The host, nil for a socket.
    var host: String? {
        if case .tcp(let host, _) = self { host } else { nil }
    }
}

/// One attribute of a `by` list.
package enum Key: Hashable, Sendable {
    case attribute(String)
    /// `ip/24/48`: addresses cut to these prefixes, IPv4 and IPv6. Plain `ip` is `ip/32/64`.
    case prefix(ipv4: Int, ipv6: Int)

    package var attribute: String {
        switch self {
        case .attribute(let name): name
        case .prefix: "ip"
        }
    }
}

extension Key: CustomStringConvertible {
    package var description: String {
        switch self {
        case .attribute(let name): name
        case .prefix(let ipv4, let ipv6): "ip/\(ipv4)/\(ipv6)"
        }
    }
}

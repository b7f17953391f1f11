import WeirCore

/// How a request names what it asks about, and how a denial looks: told by the raw first segment of the path.
///
/// Never by a query or a header, which servers pass on from their clients; no dialect reads another's headers.
enum HTTPDialect: Sendable {
    /// nginx's `auth_request`: 200, 401 or 403, never a body, the rest in headers.
    case nginx
    /// Caddy's `forward_auth`, Traefik's ForwardAuth: the decision's own status and body.
    case forward
    /// Envoy's `ext_authz` over HTTP: its own method, and the path behind the prefix.
    case envoy
    /// Programs that are trusted to name every attribute.
    case check

    /// The dialect of a request target; nil for any other path.
    init?(target: RawSpan) {
        guard target.byteCount > 1, target.byte(0) == UInt8(ascii: "/") else { return nil }
        var end = 1
        while end < target.byteCount {
            let byte = target.byte(end)
            if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") { break }
            end &+= 1
        }
        let segment = target.extracting(1..<end)
        switch segment.byteCount {
        case 5 where segment.equals("nginx"): self = .nginx
        case 5 where segment.equals("envoy"): self = .envoy
        case 5 where segment.equals("check"): self = .check
        case 7 where segment.equals("forward"): self = .forward
        default: return nil
        }
    }

    /// Bytes of a target before the path that Envoy asks about.
    static let envoyPrefixBytes = 6

    /// Whether denials show the decision's own status, with a body.
    var showsStatus: Bool { self != .nginx }
}

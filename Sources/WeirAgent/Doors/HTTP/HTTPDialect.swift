import WeirCore

/// How a request names what it asks about, and how a denial looks: told by the raw first segment of the path.
///
/// Never by a query or a header, which servers pass on from their clients; no dialect reads another's headers.
enum HTTPDialect: Sendable {
    /// nginx's `auth_request`: 200, 401 or 403, never a body, the rest in headers.
    case nginx
    /// nginx's `X-Accel-Redirect`: what nginx says of the request, the decision's own status and body, and on allow the named
    /// location that goes on. njs asks so, too.
    case accel
    /// Caddy's `forward_auth`, Traefik's ForwardAuth: the decision's own status and body.
    case forward
    /// Envoy's `ext_authz` over HTTP: its own method, and the path behind the prefix.
    case envoy
    /// Programs that are trusted to name every attribute.
    case check

    /// The dialect of a request target; nil for any other path.
    init?(target: RawSpan) {
        let segment = Self.firstSegment(of: target)
        switch segment.count {
        case 5 where target.extracting(segment).equals("nginx"): self = .nginx
        case 5 where target.extracting(segment).equals("accel") && Self.location(in: target) != nil: self = .accel
        case 5 where target.extracting(segment).equals("envoy"): self = .envoy
        case 5 where target.extracting(segment).equals("check"): self = .check
        case 7 where target.extracting(segment).equals("forward"): self = .forward
        default: return nil
        }
    }

    /// What is between a leading slash and the next slash or question mark; empty where there is no leading slash.
    private static func firstSegment(of target: RawSpan) -> Range<Int> {
        guard target.byteCount > 1, target.byte(0) == UInt8(ascii: "/") else { return 0..<0 }
        var end = 1
        while end < target.byteCount, target.byte(end) != UInt8(ascii: "/"), target.byte(end) != UInt8(ascii: "?") {
            end &+= 1
        }
        return 1..<end
    }

    /// Bytes of a target before the path that Envoy asks about.
    static let envoyPrefixBytes = 6
    /// Bytes of the longest name of a location.
    private static let maximumLocationBytes = 63

    /// Where the target of an `/accel` request has the name of the location that goes on: empty in `/accel`, nil where it is
    /// anything but letters, digits, `_` and `-`. What comes of it is always `@NAME`, never a path.
    static func location(in target: RawSpan) -> Range<Int>? {
        let start = 7
        if target.byteCount < start || target.byte(start &- 1) == UInt8(ascii: "?") { return 0..<0 }
        var end = start
        while end < target.byteCount, target.byte(end) != UInt8(ascii: "?") {
            let byte = target.byte(end)
            let isLetter = byte.lowercasedASCII &- UInt8(ascii: "a") < 26
            guard isLetter || byte.isDigit || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") else { return nil }
            end &+= 1
        }
        return end > start && end &- start <= maximumLocationBytes ? start..<end : nil
    }

    /// Whether denials show the decision's own status, with a body.
    var showsStatus: Bool { self != .nginx }

    /// Whether nginx has said in headers of its own what is asked about.
    var isOfNginx: Bool { self == .nginx || self == .accel }
}

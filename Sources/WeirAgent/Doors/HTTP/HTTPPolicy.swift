import WeirCore

/// What an HTTP listener lets its requests say.
package struct HTTPPolicy: Sendable {
    /// Attributes that proxies may give as `Weir-Attr-NAME`, in lower case.
    package let attributes: [[UInt8]]
    /// Which entry of X-Forwarded-For is the client, from the right.
    package let trustedHops: Int
    /// Whether the dialects of proxies are served.
    package let servesProxies: Bool
    /// Whether `/check`, `/report` and `/release` are served.
    package let servesChecks: Bool
    /// Bytes of the largest head that is read.
    package let maximumHeadBytes: Int
    /// How its answers speak of limits.
    package let style: ResponseStyle

    package init(
        attributes: [String], trustedHops: Int, servesProxies: Bool, servesChecks: Bool,
        maximumHeadBytes: Int = HTTPHead.maximumBytes, style: ResponseStyle = ResponseStyle()
    ) {
        self.attributes = attributes.map { Array($0.utf8) }
        self.trustedHops = trustedHops
        self.servesProxies = servesProxies
        self.servesChecks = servesChecks
        self.maximumHeadBytes = maximumHeadBytes
        self.style = style
    }

    func serves(_ dialect: HTTPDialect) -> Bool { dialect == .check ? servesChecks : servesProxies }

    /// The paths that are served, for who has asked for another.
    var paths: String {
        if !servesProxies { return "/check, /report or /release" }
        return servesChecks
            ? "/nginx, /accel, /forward, /envoy/…, /check, /report or /release" : "/nginx, /accel, /forward or /envoy/…"
    }

    func allows(_ name: RawSpan) -> Bool {
        for index in attributes.indices where attributes[index].count == name.byteCount {
            if attributes[index].withBytes({ $0.equals(name) }) { return true }
        }
        return false
    }
}

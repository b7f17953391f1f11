import WeirCore

/// What an HTTP listener lets its requests say.
package struct HTTPPolicy: Sendable {
    /// Attributes that proxies may give as `Weir-Attr-NAME`, in lower case.
    package let attributes: [[UInt8]]
    /// Which entry of X-Forwarded-For is the client, from the right.
    package let trustedHops: Int
    /// Whether the dialects of proxies are served.
    package let servesProxies: Bool
    /// Whether `/check` is served.
    package let servesChecks: Bool
    /// Bytes of the largest head that is read.
    package let maximumHeadBytes: Int

    package init(
        attributes: [String], trustedHops: Int, servesProxies: Bool, servesChecks: Bool,
        maximumHeadBytes: Int = HTTPHead.maximumBytes
    ) {
        self.attributes = attributes.map { Array($0.utf8) }
        self.trustedHops = trustedHops
        self.servesProxies = servesProxies
        self.servesChecks = servesChecks
        self.maximumHeadBytes = maximumHeadBytes
    }

    func serves(_ dialect: HTTPDialect) -> Bool { dialect == .check ? servesChecks : servesProxies }

    func allows(_ name: RawSpan) -> Bool {
        for attribute in attributes where attribute.count == name.byteCount {
            if attribute.withBytes({ $0.equals(name) }) { return true }
        }
        return false
    }
}

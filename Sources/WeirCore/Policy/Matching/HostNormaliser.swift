/// Brings a host into the one form that rules see: lower case, without port and trailing dot.
package enum HostNormaliser {
    /// Bytes of the longest host that is normalised; a longer one is no host name, and is compared as it came.
    package static let maximumBytes = 255

    /// Writes the one form of `host`, at most 255 bytes, to `scratch` from `start` on, and returns its length.
    package static func normalise(_ host: RawSpan, scratch: inout FixedArray<UInt8>, at start: Int) -> Int {
        var end = host.byteCount
        if let colon = portColon(host) { end = colon }
        if end > 1, host.byte(end &- 1) == UInt8(ascii: ".") { end &-= 1 }
        for offset in 0..<end { scratch[start &+ offset] = host.byte(offset).lowercasedASCII }
        return end
    }

    /// The colon before a port: the only one, or the one behind an IPv6 address in brackets.
    private static func portColon(_ host: RawSpan) -> Int? {
        guard let first = host.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        if host.byte(0) != UInt8(ascii: "[") {
            return host.firstIndex(of: UInt8(ascii: ":"), from: first &+ 1) == nil ? first : nil
        }
        guard let end = host.firstIndex(of: UInt8(ascii: "]")), end &+ 1 < host.byteCount,
            host.byte(end &+ 1) == UInt8(ascii: ":")
        else { return nil }
        return end &+ 1
    }
}

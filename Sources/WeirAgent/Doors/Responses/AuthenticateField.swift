package import WeirCore

/// The value of `WWW-Authenticate`, which every 401 has.
package enum AuthenticateField {
    package static func write(_ reason: Reason, to output: inout ByteWriter) {
        output.append("Bearer realm=\"api\"" as StaticString)
        // RFC 6750 3.1: nothing is said of a request that has brought no key at all.
        switch reason {
        case .keyUnknown, .keyRevoked, .keyExpired: output.append(", error=\"invalid_token\"" as StaticString)
        default: break
        }
    }
}

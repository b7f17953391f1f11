import WeirCore

/// The header fields that a dialect may look at.
enum HTTPHeaderName {
    case host, apiKey, authorization
    case realIP, originalMethod, originalURI
    case forwardedFor, forwardedMethod, forwardedURI, forwardedHost
    case envoyAddress
    case cost, peek, reserve
    /// `Weir-Attr-…`; the attribute's name begins at byte 10.
    case attribute

    static let attributePrefixBytes = 10

    /// Nil for any other name. Names are compared in any case.
    init?(_ name: RawSpan) {
        func matches(_ text: StaticString) -> Bool { name.equals(text, ignoringCase: true) }
        switch name.byteCount {
        case 4 where matches("Host"): self = .host
        case 9 where matches("X-Real-IP"): self = .realIP
        case 9 where matches("X-API-Key"): self = .apiKey
        case 9 where matches("Weir-Cost"): self = .cost
        case 9 where matches("Weir-Peek"): self = .peek
        case 12 where matches("Weir-Reserve"): self = .reserve
        case 13 where matches("Authorization"): self = .authorization
        case 14 where matches("X-Original-URI"): self = .originalURI
        case 15 where matches("X-Forwarded-For"): self = .forwardedFor
        case 15 where matches("X-Forwarded-Uri"): self = .forwardedURI
        case 16 where matches("X-Forwarded-Host"): self = .forwardedHost
        case 17 where matches("X-Original-Method"): self = .originalMethod
        case 18 where matches("X-Forwarded-Method"): self = .forwardedMethod
        case 24 where matches("X-Envoy-External-Address"): self = .envoyAddress
        case 11... where name.extracting(0..<10).equals("Weir-Attr-", ignoringCase: true): self = .attribute
        default: return nil
        }
    }
}

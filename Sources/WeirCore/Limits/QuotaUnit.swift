/// What a limit counts in, as responses name it: the `qu` of `RateLimit-Policy`.
package enum QuotaUnit: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// Requests, or the units that they cost: what clients take for granted, so that nothing says it.
    case requests = 0
    /// Bytes of a request's or a response's content.
    case contentBytes = 1
    /// Requests that are not over.
    case concurrentRequests = 2

    /// The name that draft-ietf-httpapi-ratelimit-headers registers.
    package var name: StaticString {
        switch self {
        case .requests: "requests"
        case .contentBytes: "content-bytes"
        case .concurrentRequests: "concurrent-requests"
        }
    }
}

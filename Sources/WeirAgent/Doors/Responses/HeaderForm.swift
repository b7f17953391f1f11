/// Which header fields tell clients what is left of a limit; the names are those of `WEIR_HEADERS`.
package enum HeaderForm: String, CaseIterable, Sendable {
    /// `RateLimit: "name";r=4;t=12` and `RateLimit-Policy: "name";q=5;w=60`: draft-ietf-httpapi-ratelimit-headers-10.
    case ietf
    /// `RateLimit: limit=5, remaining=4, reset=12` and `RateLimit-Policy: 5;w=60`: its draft 07.
    case draft7
    /// `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset` and `RateLimit-Policy: 5;w=60`: its drafts before.
    case draft6
    /// `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset`, in seconds from now.
    case legacy
    /// The same with `X-RateLimit-Reset` in seconds since 1970.
    case legacyEpoch = "legacy-epoch"
    /// `ietf` and `legacy`.
    case both
    case none
}

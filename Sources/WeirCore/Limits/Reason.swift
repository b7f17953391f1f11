/// Why a check was answered as it was; the numbers are the wire's, the names are those of logs, metrics, headers and
/// outcomes.
package enum Reason: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// Every rule that matched had tokens.
    case ok = 0
    /// A token bucket is empty.
    case rate = 1
    /// A window's amount is used up.
    case quota = 2
    /// Prepaid units or credit are used up.
    case balance = 3
    /// All slots are taken.
    case concurrency = 4
    case keyMissing = 5
    case keyUnknown = 6
    case keyRevoked = 7
    case keyExpired = 8
    /// The key has no plan for this product.
    case noPlan = 9
    /// The agent or its store has too much to do.
    case overload = 10
    /// A `deny` statement matched.
    case blocked = 11
    /// The cost exceeds the capacity of a rule: this request can never pass.
    case tooLarge = 12
    /// No rule matched.
    case unlimited = 13
    /// Every rule that matched was lifted by an `exempt` statement.
    case exempt = 14
    /// The agent has never heard what is sold, so that nobody knows whether the request has to be paid.
    case noPolicy = 15
    /// Something that a newer agent knows.
    case other = 255

    package var name: StaticString {
        switch self {
        case .ok: "ok"
        case .rate: "rate"
        case .quota: "quota"
        case .balance: "balance"
        case .concurrency: "concurrency"
        case .keyMissing: "key-missing"
        case .keyUnknown: "key-unknown"
        case .keyRevoked: "key-revoked"
        case .keyExpired: "key-expired"
        case .noPlan: "no-plan"
        case .overload: "overload"
        case .blocked: "blocked"
        case .tooLarge: "too-large"
        case .unlimited: "unlimited"
        case .exempt: "exempt"
        case .noPolicy: "no-policy"
        case .other: "other"
        }
    }
}

/// A limit that the running check matches; scratch, valid within one check.
struct Match: BitwiseCopyable, Sendable {
    var limit: Int
    var key: Hash128
    /// Tokens that the check takes.
    var tokens: Int64
    /// Whether a refusal denies: not for shadow rules and keys outside an `enforce` share.
    var isEnforced: Bool
    /// The slot, found again when an eviction has moved slots.
    var slot: Int
    var isOverflow: Bool
    var tenure: Tenure

    /// A match whose slot is not found yet.
    @inline(__always)
    init(limit: Int, key: Hash128, tokens: Int64, isEnforced: Bool) {
        self.limit = limit
        self.key = key
        self.tokens = tokens
        self.isEnforced = isEnforced
        slot = -1
        isOverflow = false
        tenure = .held
    }

    static let none = Match(limit: 0, key: Hash128(low: 0, high: 0), tokens: 0, isEnforced: false)
}

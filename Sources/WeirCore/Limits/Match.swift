/// A limit that the running check matches; scratch, valid within one check.
struct Match: BitwiseCopyable, Sendable {
    var limit: Int
    var key: Hash128
    /// Tokens that the check takes, or needs.
    var tokens: Int64
    /// Whether a refusal denies: not for shadow rules and keys outside an `enforce` share.
    var isEnforced: Bool
    /// The slot, found again when an eviction has moved slots; -1 where there is none.
    var slot: Int
    /// The place of the shared lease; -1 where nothing is shared.
    var place: Int
    /// Who gives the tokens.
    var source: Source
    var isOverflow: Bool
    /// Whether a report takes the tokens, and the check only needs that some are there.
    var isReported: Bool
    var tenure: Tenure

    enum Source: UInt8, BitwiseCopyable, Sendable {
        /// This agent's own counter.
        case local
        /// A lease of the shared store.
        case lease
        /// The share that the outage policy grants this agent.
        case alone
        /// Nobody: the outage policy lets everything pass, or what is only counted does not wait for the store.
        case open
        /// The store, which has not answered in time.
        case late
    }

    /// A match whose slot is not found yet.
    @inline(__always)
    init(limit: Int, key: Hash128, tokens: Int64, isEnforced: Bool) {
        self.limit = limit
        self.key = key
        self.tokens = tokens
        self.isEnforced = isEnforced
        (slot, place, source) = (-1, -1, .local)
        (isOverflow, isReported) = (false, false)
        tenure = .held
    }

    static let none = Match(limit: 0, key: Hash128(low: 0, high: 0), tokens: 0, isEnforced: false)
}

/// A well-formed key that nobody has, so that its digest need not be worked out again.
struct UnknownKey: BitwiseCopyable, Sendable {
    var hash: Hash128
    var digest: Hash128
    var edition: UInt32
    var used: UInt32

    static let empty = UnknownKey(
        hash: Hash128(low: 0, high: 0), digest: Hash128(low: 0, high: 0), edition: 0, used: 0)
}

import Glibc

/// How many limit keys each user may still add: so many a second, saved up for one second at most.
///
/// Users are those of the Unix sockets, few and known; whoever comes over TCP is one of them together.
struct NewKeyAllowance {
    /// Users that are kept apart; beyond, they share one allowance.
    private static let maximumUsers = 1_024

    private struct Bucket {
        var keys: Int
        var at: Int64
    }

    private let perSecond: Int
    private var buckets: [uid_t: Bucket] = [:]
    private var shared: Bucket
    /// Whose allowance the running turn draws on; nil for the shared one.
    private var drawing: uid_t?

    init(perSecond: Int) {
        self.perSecond = perSecond
        shared = Bucket(keys: perSecond, at: 0)
    }

    /// What a user may add in the turn that begins.
    ///
    /// - Parameters:
    ///   - user: nil for TCP.
    ///   - now: microseconds.
    mutating func budget(of user: uid_t?, now: Int64) -> Int {
        guard let user, buckets[user] != nil || buckets.count < Self.maximumUsers else {
            drawing = nil
            refill(&shared, now)
            return shared.keys
        }
        drawing = user
        var bucket = buckets[user] ?? Bucket(keys: perSecond, at: now)
        refill(&bucket, now)
        buckets[user] = bucket
        return bucket.keys
    }

    /// Ends the turn, with what is left of the budget.
    mutating func settle(left: Int) {
        if let drawing { buckets[drawing]?.keys = left } else { shared.keys = left }
    }

    /// Whole keys only; the rest of the time is kept.
    private func refill(_ bucket: inout Bucket, _ now: Int64) {
        let elapsed = now - bucket.at
        if elapsed >= 1_000_000 {
            bucket = Bucket(keys: perSecond, at: now)
            return
        }
        let made = Int(elapsed) * perSecond / 1_000_000
        guard made > 0 else { return }
        bucket.keys = min(perSecond, bucket.keys + made)
        bucket.at += Int64(made) * 1_000_000 / Int64(perSecond)
    }
}

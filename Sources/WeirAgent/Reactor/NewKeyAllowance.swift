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
    /// Each user once, in no order, and beside it what it has saved up.
    private var users: [uid_t] = []
    private var buckets: [Bucket] = []
    private var shared: Bucket
    /// Whose allowance the running turn draws on; nil for the shared one. Most turns are of the user of the turn before.
    private var drawing: Int?

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
        drawing = place(of: user, now)
        guard let drawing else {
            refill(&shared, now)
            return shared.keys
        }
        refill(&buckets[drawing], now)
        return buckets[drawing].keys
    }

    private mutating func place(of user: uid_t?, _ now: Int64) -> Int? {
        guard let user else { return nil }
        if let drawing, users[drawing] == user { return drawing }
        if let known = users.firstIndex(of: user) { return known }
        guard users.count < Self.maximumUsers else { return nil }
        users.append(user)
        buckets.append(Bucket(keys: perSecond, at: now))
        return users.count - 1
    }

    /// Ends the turn, with what is left of the budget.
    mutating func settle(left: Int) {
        if let drawing { buckets[drawing].keys = left } else { shared.keys = left }
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

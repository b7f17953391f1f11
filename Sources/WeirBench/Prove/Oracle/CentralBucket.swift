import WeirCore

/// What one bucket would have admitted, or one window, had it seen all requests of all agents the moment they were made.
package struct CentralBucket {
    private var bound: Bound
    private var buckets: [Int32: LeaseBucket] = [:]
    private var spent: [Int32: Int64] = [:]
    /// Tokens.
    package private(set) var admitted: Int64 = 0

    package init(_ bound: Bound) { self.bound = bound }

    /// A request for tokens of a key; they come in the order of time.
    ///
    /// - Parameter time: microseconds.
    package mutating func ask(_ tokens: Int64, of key: Int32, at time: Int64) {
        switch bound {
        case .bucket(let terms):
            var bucket = buckets[key] ?? LeaseBucket(full: terms, at: time)
            bucket.refill(until: time, outstanding: 0, terms)
            if bucket.take(tokens, terms) { admitted += tokens }
            buckets[key] = bucket
        case .window(let amount):
            guard spent[key, default: 0] + tokens <= amount else { return }
            spent[key, default: 0] += tokens
            admitted += tokens
        }
    }

    /// Other amounts are in force from now on: what was used stays used.
    package mutating func change(to other: Bound, at time: Int64) {
        if case .bucket(let old) = bound, case .bucket(let new) = other {
            for key in buckets.keys {
                guard var bucket = buckets[key] else { continue }
                bucket.refill(until: time, outstanding: 0, old)
                let used = Int64((Int128(old.fullCredit - bucket.credit) * Int128(new.per)) / Int128(old.per))
                buckets[key] = LeaseBucket(credit: new.fullCredit - used, at: time)
            }
        }
        bound = other
    }
}

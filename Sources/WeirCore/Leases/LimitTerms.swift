/// The numbers of a token bucket: it holds `capacity` tokens and makes `numerator` of them anew every `per`
/// microseconds. A window of the calendar is a bucket that makes none: the next window is another bucket.
///
/// Credit is counted in tokens × `per`, so that every refill is an integer and nothing is ever rounded. All products
/// stay below 2⁵³: Redis's Lua counts in doubles, and both authorities must give equal answers.
package struct LimitTerms: Hashable, Sendable, BitwiseCopyable {
    /// Tokens when full: the burst.
    package let capacity: Int64
    package let numerator: Int64
    package let per: Int64
    /// Microseconds in which an empty bucket becomes full; beyond them a refill is a refill.
    package let microsecondsToFull: Int64

    /// Products of the arithmetic stay below this.
    package static let maximumProduct: Int64 = 1 << 53
    /// A full bucket's credit stays below this: the shared store counts debts of as much again.
    package static let maximumCredit: Int64 = 1 << 52

    /// - Returns: nil when a number is not positive, the credit would reach 2⁵², or the rate 2⁵³.
    package init?(capacity: Int64, tokens: Int64, microseconds: Int64) {
        guard capacity > 0, tokens > 0, microseconds > 0 else { return nil }
        let shared = greatestCommonDivisor(tokens, microseconds)
        let numerator = tokens / shared
        let per = microseconds / shared
        let (credit, overflow) = capacity.multipliedReportingOverflow(by: per)
        guard !overflow, credit < Self.maximumCredit, numerator < Self.maximumProduct else { return nil }
        self.capacity = capacity
        self.numerator = numerator
        self.per = per
        microsecondsToFull = (credit + numerator - 1) / numerator
    }

    /// A window's amount.
    ///
    /// - Returns: nil when it is not positive or reaches 2⁵².
    package init?(window amount: Int64) {
        guard amount > 0, amount < Self.maximumCredit else { return nil }
        capacity = amount
        numerator = 0
        per = 1
        microsecondsToFull = 0
    }

    /// So many slots: nothing makes them anew, requests give them back.
    ///
    /// - Returns: nil when there are none, or 2⁵².
    package init?(slots count: Int64) { self.init(window: count) }

    /// Numbers that were worked out before.
    init(capacity: Int64, numerator: Int64, per: Int64, microsecondsToFull: Int64) {
        self.capacity = capacity
        self.numerator = numerator
        self.per = per
        self.microsecondsToFull = microsecondsToFull
    }

    /// Whether the numbers are those of a bucket or a window, wherever they were read from.
    var isSound: Bool {
        let made =
            numerator == 0
            ? LimitTerms(window: capacity)
            : LimitTerms(capacity: capacity, tokens: numerator, microseconds: per)
        return made == self
    }

    /// The credit of a full bucket.
    package var fullCredit: Int64 { capacity &* per }

    /// Seconds in which the capacity is made anew, rounded up; what RateLimit-Policy calls the window.
    package var windowSeconds: UInt32 { UInt32(clamping: (microsecondsToFull + 999_999) / 1_000_000) }
}

/// The largest number that divides both; at least 1 unless both are 0.
func greatestCommonDivisor(_ left: Int64, _ right: Int64) -> Int64 {
    var (left, right) = (left, right)
    while right != 0 { (left, right) = (right, left % right) }
    return left
}

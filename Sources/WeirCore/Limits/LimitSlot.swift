/// One entry of the limit table: the bucket of one limit key, or one window of it, and the tokens of it that are in hand.
/// One cache line.
package struct LimitSlot: Sendable, BitwiseCopyable {
    var key: Hash128
    package var bucket: LeaseBucket
    /// Leased tokens that are not spent.
    package var inHand: Int64
    /// The numbers that `bucket` is counted in: an entry of `TermsTable`, plus 1; 0 where the slot is free.
    var terms: UInt32
    /// Whether it counts for all keys of a limit that found no room, and is no key itself.
    var isOverflow: Bool
    /// When the window ends, in microseconds since 1970; 0 for a bucket.
    var windowEnd: Int64
    /// Whether the journal has to hear of what the window has counted.
    var isUnsealed = false
    /// Tells a slot that was written whole from one that was not, for whoever takes the table over.
    private let check: UInt32

    /// Microseconds after which to ask again for a slot.
    static var slotWait: Int64 { 50_000 }

    static let free = LimitSlot(key: Hash128(low: 0, high: 0), bucket: LeaseBucket(credit: 0, at: 0), terms: 0)

    init(key: Hash128, bucket: LeaseBucket, terms: UInt32, windowEnd: Int64 = 0, isOverflow: Bool = false) {
        self.key = key
        self.bucket = bucket
        self.terms = terms
        self.windowEnd = windowEnd
        self.isOverflow = isOverflow
        inHand = 0
        check = terms == 0 ? 0 : Self.check(key)
    }

    private static func check(_ key: Hash128) -> UInt32 {
        CRC32C.checksum(word: key.high, seed: CRC32C.checksum(word: key.low))
    }

    /// Whether the slot holds a counter that was written whole.
    var isIntact: Bool { terms != 0 && check == Self.check(key) }

    /// A slot that no table holds, for an authority to work on.
    package init(full terms: LimitTerms, at now: Int64, windowEnd: Int64 = 0) {
        self.init(
            key: Hash128(low: 0, high: 0), bucket: LeaseBucket(full: terms, at: now), terms: 0, windowEnd: windowEnd)
    }

    var isFree: Bool { terms == 0 }

    /// Tokens that a check may still take.
    func available(_ terms: LimitTerms) -> Int64 { bucket.level(terms) &+ inHand }

    /// Tokens × `per` that are neither there nor in hand.
    func used(_ terms: LimitTerms) -> Int64 { (terms.capacity &- inHand) &* terms.per &- bucket.credit }

    /// The same share of a full bucket, rounded down; what is owed at most one full bucket.
    private mutating func scale(from old: LimitTerms, to new: LimitTerms) {
        let whole = bucket.credit &+ inHand &* old.per
        let share = min(whole.magnitude, old.fullCredit.magnitude)
        let (high, low) = share.multipliedFullWidth(by: new.fullCredit.magnitude)
        // A share is at most the whole, so the quotient is at most the new whole.
        let (part, rest) = old.fullCredit.magnitude.dividingFullWidth((high, low))
        inHand = 0
        bucket.credit = whole < 0 ? -Int64(part) - (rest > 0 ? 1 : 0) : Int64(part)
    }

    /// Whether time has made this slot equal to a new one, so that forgetting it changes no answer.
    func isAsNew(_ terms: LimitTerms, now: Instant) -> Bool {
        if windowEnd > 0 { return now.wallMicroseconds >= windowEnd }
        var bucket = bucket
        bucket.refill(until: now.microseconds, outstanding: inHand, terms)
        return bucket.credit &+ inHand &* terms.per >= terms.fullCredit
    }

    /// Microseconds until so many tokens can be there beside those in hand: until the window's end for a window, which is
    /// never now, as then the next one would have begun.
    func wait(for tokens: Int64, _ terms: LimitTerms, now: Instant) -> Int64 {
        // When a slot comes back nobody knows.
        if terms.numerator == 0, windowEnd == 0 { return Self.slotWait }
        return windowEnd > 0 ? max(1, windowEnd &- now.wallMicroseconds) : bucket.wait(for: tokens, terms)
    }

    /// Microseconds until the limit is full again.
    func reset(_ terms: LimitTerms, now: Instant) -> Int64 {
        let missing = terms.capacity &- inHand
        return bucket.credit >= missing &* terms.per ? 0 : wait(for: missing, terms, now: now)
    }

    /// Counts on in other terms: what was used stays used, or the same share of it, and the capacity is the new one.
    mutating func convert(from old: LimitTerms, to new: LimitTerms, isProportional: Bool = false, now: Int64) {
        bucket.refill(until: now, outstanding: inHand, old)
        if isProportional { return scale(from: old, to: new) }
        let used = max(0, used(old))
        let (whole, part) = used.quotientAndRemainder(dividingBy: old.per)
        // Whole tokens are at most the old capacity; in new credit they may exceed what a bucket can owe.
        let (price, overflow) = whole.multipliedReportingOverflow(by: new.per)
        let (high, low) = part.multipliedFullWidth(by: new.per)
        let rest = old.per.dividingFullWidth((high, low))
        let owed = overflow ? LimitTerms.maximumProduct : min(price, LimitTerms.maximumProduct)
        bucket.credit =
            (new.capacity &- inHand) &* new.per &- owed &- rest.quotient &- (rest.remainder > 0 ? 1 : 0)
    }
}

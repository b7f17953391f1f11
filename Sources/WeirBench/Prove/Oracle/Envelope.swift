package import WeirCore

/// What admissions, merged over all agents, are held against: the model's `judge.py`, in exact integers.
package struct Envelope: Equatable, Sendable {
    package let terms: LimitTerms

    package init(_ terms: LimitTerms) { self.terms = terms }

    /// By how much some interval of length d holds more than B + R·d, in tokens × `per`; at most 0 where the bound holds. O(n).
    ///
    /// - Parameter records: of one limit key, in the order of time.
    package func worstExcess(_ records: some Sequence<AdmissionRecord>) -> Int128 {
        var (worst, low, sum) = (Int128.min, Int128.max, Int128(0))
        for record in records {
            let made = Int128(terms.numerator) * Int128(record.microseconds)
            low = min(low, sum - made)
            sum += Int128(record.tokens) * Int128(terms.per)
            worst = max(worst, sum - made - low - Int128(terms.fullCredit))
        }
        return worst == .min ? -Int128(terms.fullCredit) : worst
    }

    /// The same in whole tokens, rounded up: 0 where the bound holds.
    package func tokensOver(_ records: some Sequence<AdmissionRecord>) -> Int64 {
        let excess = worstExcess(records)
        return excess <= 0 ? 0 : Int64((excess + Int128(terms.per) - 1) / Int128(terms.per))
    }
}

/// What an authority keeps of one limit key beside its leases: credit that nobody holds, and when it was last refilled.
///
/// The invariant is `level + outstanding ≤ capacity`, where outstanding counts leased tokens until they are reported
/// spent, given back or expired: in every interval of length d, all holders together spend at most capacity + rate × d.
/// The local authority and, through Redis, the shared one do the same arithmetic; `Tests/Model/lease_model.py` is its
/// specification.
package struct LeaseBucket: Equatable, Sendable, BitwiseCopyable {
    /// Tokens × `per` that can be granted. Below zero after the capacity was lowered, until time has made up for it.
    package var credit: Int64
    /// The authority's time of the last refill, in microseconds.
    package var at: Int64

    package init(credit: Int64, at: Int64) {
        self.credit = credit
        self.at = at
    }

    /// A bucket that nobody took from.
    package init(full terms: LimitTerms, at: Int64) {
        self.init(credit: terms.fullCredit, at: at)
    }

    /// Tokens that can be granted.
    package func level(_ terms: LimitTerms) -> Int64 { max(0, credit) / terms.per }

    /// Adds what time has made until `time`, as far as there is room beside the `outstanding` tokens.
    ///
    /// Tokens that were spent are refilled from the instant of the last spend on: call this with the outstanding of
    /// before up to that instant, and with what is left from there. Otherwise they are refilled as if they had been
    /// spent long ago.
    @inline(__always)
    package mutating func refill(until time: Int64, outstanding: Int64, _ terms: LimitTerms) {
        guard time > at else { return }
        let room = max(credit, (terms.capacity &- outstanding) &* terms.per)
        let (gain, overflow) = terms.numerator.multipliedReportingOverflow(by: time &- at)
        credit = overflow || gain >= room &- credit ? room : credit &+ gain
        at = time
    }

    /// Takes tokens out, if that many are there.
    @inline(__always)
    package mutating func take(_ tokens: Int64, _ terms: LimitTerms) -> Bool {
        let price = tokens &* terms.per
        guard credit >= price else { return false }
        credit &-= price
        return true
    }

    /// Microseconds until that many tokens are there, if nobody takes any; rounded up. Not for windows, which make none.
    package func wait(for tokens: Int64, _ terms: LimitTerms) -> Int64 {
        let lack = tokens &* terms.per &- credit
        return lack <= 0 ? 0 : (lack &+ terms.numerator &- 1) / terms.numerator
    }
}

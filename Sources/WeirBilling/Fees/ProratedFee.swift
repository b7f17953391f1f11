/// A fee of one period, and what parts of the period are worth: fee × seconds ÷ seconds of the whole period, exactly.
///
/// Times are instants, seconds since 1970, so a month is as long as it is: 28 to 31 days, an hour less or more where clocks change. A part
/// is a difference of two shares from the period's start, so that parts that make up the period add up to the fee.
package struct ProratedFee: Hashable, Sendable {
    package let fee: Money
    /// The period's first second.
    package let start: Int64
    /// The first second after it.
    package let end: Int64

    package init(_ fee: Money, from start: Int64, to end: Int64) throws(BillingError) {
        guard fee.nano >= 0 else {
            throw BillingError(
                "fee", expected: "an amount of 0 or more", found: "\(fee)",
                advice: "give the fee itself; credits follow")
        }
        guard start < end, !end.subtractingReportingOverflow(start).overflow else {
            throw BillingError(
                "period", expected: "an end after its start, in seconds since 1970", found: "\(start) to \(end)",
                advice: "check the plan's period and zone")
        }
        self.fee = fee
        self.start = start
        self.end = end
    }

    /// What the seconds from `from` up to, but without, `to` are worth; both lie in the period.
    package func share(from: Int64, to: Int64) throws(BillingError) -> ExactAmount {
        guard start <= from, from <= to, to <= end else {
            throw BillingError(
                "span", expected: "a part of the period from \(start) to \(end)", found: "\(from) to \(to)",
                advice: "split the span at the period's ends")
        }
        return try ExactAmount(
            numerator: Int128(fee.nano) * Int128(to - from), denominator: end - start, fee.currency)
    }
}

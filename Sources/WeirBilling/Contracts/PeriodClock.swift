/// Turns declarations of periods into instants. WeirCalendar knows zones and calendars; this target does not.
package protocol PeriodClock: Sendable {
    /// The period that holds an instant.
    ///
    /// - Parameters:
    ///   - start: when the subscription began; its first period begins then, whatever the anchor.
    ///   - instant: at or after `start`. Both in seconds since 1970, before the year 10000.
    func span(of period: Period, since start: Int64, holding instant: Int64) throws(BillingError) -> PeriodSpan
}

/// One period as instants, in seconds since 1970.
package struct PeriodSpan: Hashable, Sendable {
    /// From 1, the period that holds the start; larger for later ones. A period that a zone skipped has a number, too.
    package let number: Int64
    package let start: Int64
    /// The first second of the next one: no second is between them.
    package let end: Int64
    /// Where the period would begin if the subscription had been there: before `start` in a first period that is cut short.
    package let wholeStart: Int64

    package init(number: Int64, start: Int64, end: Int64, wholeStart: Int64) {
        self.number = number
        self.start = start
        self.end = end
        self.wholeStart = wholeStart
    }

    /// A fee of the whole period, for parts of it.
    package func prorated(_ fee: Money) throws(BillingError) -> ProratedFee {
        try ProratedFee(fee, from: wholeStart, to: end)
    }

    /// The part of a number of units that belongs to the seconds from an instant on, rounded up: a quota is never less than its fee.
    package func share(of units: Int64, from instant: Int64) -> Int64 {
        let (whole, part) = (Int128(end - wholeStart), Int128(end - max(instant, wholeStart)))
        return Int64((Int128(units) * part + whole - 1) / whole)
    }
}

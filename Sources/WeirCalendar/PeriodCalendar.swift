package import WeirBilling

/// Periods of subscriptions as instants, in the zones of the IANA database.
///
/// Everything is reckoned on the local clock and turned into instants at the end: a period begins when the clock first shows its time or a
/// later one, be the day before it 23, 24 or 25 hours long, or missing.
package struct PeriodCalendar: PeriodClock {
    /// Seconds before the year 10000.
    private static let known: Range<Int64> = 0..<253_402_300_800

    package init() {}

    package func knows(zone: String) -> Bool { ZoneClock(zone) != nil }

    package func span(of period: Period, since start: Int64, holding instant: Int64) throws(BillingError) -> PeriodSpan
    {
        guard let clock = ZoneClock(period.zone) else {
            throw BillingError(
                "period.zone", expected: "a time zone such as Europe/Berlin", found: "\"\(period.zone)\"",
                advice: "write a name of the IANA database")
        }
        guard Self.known.contains(start), Self.known.contains(instant), start <= instant else {
            throw BillingError(
                "instant", expected: "one from the subscription's start on, from 1970 to 9999",
                found: "\(instant), with a start at \(start)",
                advice: "check the order of the times, and that they are seconds")
        }
        let boundaries = Boundaries(
            PeriodSeries(period, signup: clock.local(at: start)), clock, period.anchor == .signup ? start : nil)
        let first = boundaries.number(at: start)
        let number = boundaries.number(at: instant)
        let whole = boundaries.instant(number)
        return PeriodSpan(
            number: number - first + 1, start: max(whole, start), end: boundaries.instant(number + 1), wholeStart: whole
        )
    }
}

/// Where periods begin, as instants.
private struct Boundaries {
    private let series: PeriodSeries
    private let clock: ZoneClock
    /// The signup that periods count from: the first one begins then, also in an hour that is lived twice.
    private let signup: Int64?

    init(_ series: PeriodSeries, _ clock: ZoneClock, _ signup: Int64?) {
        self.series = series
        self.clock = clock
        self.signup = signup
    }

    func instant(_ number: Int64) -> Int64 {
        if number == 0, let signup { return signup }
        return clock.first(showing: series.start(number))
    }

    /// The last period that has begun.
    func number(at instant: Int64) -> Int64 {
        var number = series.number(of: clock.local(at: instant))
        // The clock may have been set back since, or forward over the beginning.
        while self.instant(number) > instant { number -= 1 }
        while self.instant(number + 1) <= instant { number += 1 }
        return number
    }
}

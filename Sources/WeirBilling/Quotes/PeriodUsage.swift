/// What a consumer has used in one period of a plan, or in the part of one that is looked at.
package struct PeriodUsage: Hashable, Sendable {
    /// The period; nil of packages, which have none.
    package let span: PeriodSpan?
    /// The part that is looked at; the end is not in it.
    package let from: Int64
    package let to: Int64
    /// Billed units by the codes of meters.
    package let units: [String: Int64]

    package init(span: PeriodSpan?, from: Int64, to: Int64, units: [String: Int64]) {
        self.span = span
        self.from = from
        self.to = to
        self.units = units
    }

    /// Units of one hour, which belong to the period in which it begins.
    package struct Hour: Hashable, Sendable {
        package let start: Int64
        package let meter: String
        package let units: Int64

        package init(start: Int64, meter: String, units: Int64) {
            self.start = start
            self.meter = meter
            self.units = units
        }
    }

    /// More periods in a window than this are refused: ten years of days.
    package static let most = 3_660

    /// The hours of a window, by the periods of a plan.
    ///
    /// - Parameter start: from when periods count: the consumer's signup. What of the window is before it, is left out.
    package static func split(
        _ hours: [Hour], of window: Range<Int64>, by plan: Plan, since start: Int64, clock: some PeriodClock
    ) throws(BillingError) -> [PeriodUsage] {
        guard let period = plan.period else {
            return [
                PeriodUsage(
                    span: nil, from: window.lowerBound, to: window.upperBound, units: try sum(hours, in: window))
            ]
        }
        let sorted = hours.sorted { $0.start < $1.start }
        var periods: [PeriodUsage] = []
        var (at, next) = (max(window.lowerBound, start), 0)
        while at < window.upperBound {
            guard periods.count < most else {
                throw BillingError(
                    "window", expected: "at most \(most) periods of plan \(plan.code)", found: "more",
                    advice: "look at a shorter window")
            }
            let span = try clock.span(of: period, since: start, holding: at)
            let end = min(span.end, window.upperBound)
            let first = sorted[next...].firstIndex { $0.start >= at } ?? sorted.count
            next = sorted[first...].firstIndex { $0.start >= end } ?? sorted.count
            periods.append(
                PeriodUsage(span: span, from: at, to: end, units: try sum(sorted[first..<next], in: at..<end)))
            at = end
        }
        return periods
    }

    private static func sum(_ hours: some Sequence<Hour>, in window: Range<Int64>) throws(BillingError) -> [String:
        Int64]
    {
        var units: [String: Int64] = [:]
        for hour in hours where window.contains(hour.start) {
            let (total, overflow) = units[hour.meter, default: 0].addingReportingOverflow(hour.units)
            guard !overflow, hour.units >= 0 else {
                throw BillingError(
                    "units", expected: "units from 0 to \(Int64.max) in a period",
                    found: overflow ? "more" : "\(hour.units)",
                    advice: "check the usage of \(hour.meter)")
            }
            units[hour.meter] = total
        }
        return units
    }

    /// The part of an allowance that belongs to the part of the period.
    func share(of allowance: Allowance) -> Int64 {
        guard let span, to - from < span.end - span.wholeStart else { return allowance.amount }
        let whole = Int128(span.end - span.wholeStart)
        return Int64((Int128(allowance.amount) * Int128(to - from) + whole - 1) / whole)
    }

    func share(of fee: Money) throws(BillingError) -> ExactAmount {
        guard let span else { return ExactAmount(fee) }
        return try span.prorated(fee).share(from: from, to: to)
    }
}

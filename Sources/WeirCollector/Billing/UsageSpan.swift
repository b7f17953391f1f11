import WeirBilling
import WeirCalendar
import WeirStore

/// A time whose usage is looked at: `last-month`, `last-week`, or `FROM..TO`.
struct UsageSpan: Equatable {
    /// Seconds since 1970; the end is not in it.
    let seconds: Range<Int64>

    /// Hours that begin in it.
    var hours: Range<Int64> { (seconds.lowerBound + 3_599) / 3_600..<(seconds.upperBound + 3_599) / 3_600 }

    /// What is said of it in the API.
    static let expectation =
        "last-month, last-week, or FROM..TO such as 2026-10-01..2026-11-01 or with times such as 2026-10-01T06:00:00Z"

    /// - Parameter zone: whose months, weeks and days it is of.
    init(_ text: String, in zone: String, now: Int64, field: String = "usage") throws(StoreError) {
        switch text {
        case "last-month": seconds = try Self.last(.month, .day(1), zone, now)
        case "last-week": seconds = try Self.last(.week, .weekday(.monday), zone, now)
        default:
            guard let dots = text.firstRange(of: "..") else { throw Self.wrong(text, field) }
            let (from, to) = (text[..<dots.lowerBound], text[dots.upperBound...])
            guard let start = Self.instant(String(from), zone), let end = Self.instant(String(to), zone) else {
                throw Self.wrong(text, field)
            }
            guard start < end else { throw .refused(.invalid, field, "expected a time that starts before it ends") }
            seconds = start..<end
        }
    }

    private static func wrong(_ text: String, _ field: String) -> StoreError {
        .refused(.invalid, field, "expected \(expectation), found \(String(text.prefix(40)).debugDescription)")
    }

    /// The whole period before the one that is now.
    private static func last(
        _ unit: PeriodUnit, _ anchor: PeriodAnchor, _ zone: String, _ now: Int64
    ) throws(StoreError) -> Range<Int64> {
        do throws(BillingError) {
            let period = try Period(unit, from: anchor, in: zone)
            let calendar = PeriodCalendar()
            let current = try calendar.span(of: period, since: 0, holding: now)
            let last = try calendar.span(of: period, since: 0, holding: current.start - 1)
            return last.start..<last.end
        } catch {
            throw .refused(.invalid, "zone", "expected \(error.expected), found \(error.found); \(error.advice)")
        }
    }

    private static func instant(_ text: String, _ zone: String) -> Int64? {
        if text.utf8.count != 10 { return WireTime.seconds(text) }
        return WireTime.seconds("\(text)T00:00:00Z").flatMap { PeriodCalendar().start(ofDay: $0, in: zone) }
    }
}

/// A partition of `usage_hour`: a month of UTC, or all that is before or behind the months that have one of their own.
///
/// Hours come from agents: the months that may have partitions are bounded, so that no clock that is wrong makes tables without end.
struct UsagePartition: Hashable, Sendable {
    static let table = "usage_hour"
    /// The months that have partitions of their own, as months since January of year 0.
    private static let months = 2020 * 12..<2050 * 12

    /// A month since January of year 0, clamped to just outside of those that have partitions.
    private let month: Int

    private init(month: Int) {
        self.month = min(max(month, Self.months.lowerBound - 1), Self.months.upperBound)
    }

    /// The partition of an hour since 1970.
    init(hour: Int64) {
        // Beyond these no calendar is needed.
        let days = Int(min(max(hour, -1 << 32), 1 << 32)) / 24 - (hour < 0 ? 1 : 0)
        self.init(month: Self.month(ofDay: days))
    }

    /// Those of a range of hours, without the two that are not months.
    static func months(of hours: ClosedRange<Int64>) -> [UsagePartition] {
        let (first, last) = (UsagePartition(hour: hours.lowerBound), UsagePartition(hour: hours.upperBound))
        return (first.month...last.month).filter { months.contains($0) }.map { UsagePartition(month: $0) }
    }

    /// The next one; the last one's next is itself.
    var next: UsagePartition { UsagePartition(month: month + 1) }

    var name: String {
        if month < Self.months.lowerBound { return "\(Self.table)_before" }
        if month >= Self.months.upperBound { return "\(Self.table)_after" }
        let number = month % 12 + 1
        return "\(Self.table)_\(month / 12)_\(number < 10 ? "0" : "")\(number)"
    }

    /// Its hours as SQL's `FOR VALUES` says them.
    private var bounds: String {
        let first = month < Self.months.lowerBound ? "MINVALUE" : "\(Self.firstHour(ofMonth: month))"
        let end = month >= Self.months.upperBound ? "MAXVALUE" : "\(Self.firstHour(ofMonth: month + 1))"
        return "FROM (\(first)) TO (\(end))"
    }

    /// Makes it where it is not there; nothing in it comes from outside.
    var statement: String {
        "CREATE TABLE IF NOT EXISTS \(name) PARTITION OF \(Self.table) FOR VALUES \(bounds)"
    }

    // MARK: The calendar

    /// The month of a day since 1970-01-01, in the Gregorian calendar: years are counted from March, so that the leap day is a
    /// year's last, and in cycles of 400 years, which have 146,097 days.
    private static func month(ofDay day: Int) -> Int {
        let shifted = day + 719_468
        let cycle = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfCycle = shifted - cycle * 146_097
        let year = (dayOfCycle - dayOfCycle / 1_460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * year + year / 4 - year / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        return (cycle * 400 + year) * 12 + monthFromMarch + 2
    }

    /// The first hour of a month, in hours since 1970.
    private static func firstHour(ofMonth month: Int) -> Int {
        let fromMarch = month - 2
        let (year, monthFromMarch) = (fromMarch / 12, fromMarch % 12)
        let (cycle, yearOfCycle) = (year / 400, year % 400)
        let dayOfYear = (153 * monthFromMarch + 2) / 5
        let day = cycle * 146_097 + yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear - 719_468
        return day * 24
    }
}

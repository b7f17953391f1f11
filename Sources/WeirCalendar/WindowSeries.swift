import Foundation
import WeirCore

/// Windows of hours, days, weeks, months, quarters or years, numbered; each begins at a time that the local clock shows.
struct WindowSeries {
    let count: Int64
    let unit: LimitKind.WindowUnit
    let anchor: Anchor?

    /// Days and months of the Gregorian calendar; the zone is the clock's business, so this one has none.
    private static let calendar: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()

    private static let day: Int64 = 86_400
    /// 1970 began on a Thursday.
    private static let mondayBefore1970: Int64 = -3 * day

    /// The window that a local second lies in.
    func number(of local: Int64) -> Int64 {
        switch unit {
        case .min, .h, .day, .week: return (local - firstStart).flooredDivision(by: length)
        case .month, .quarter, .year:
            let parts = Self.calendar.dateComponents([.year, .month], from: Self.date(local))
            let months = Int64(parts.year ?? 1970) * 12 + Int64(parts.month ?? 1) - 1
            let guess = (months - firstMonth).flooredDivision(by: monthCount)
            return start(guess) > local ? guess - 1 : start(guess + 1) <= local ? guess + 1 : guess
        }
    }

    /// When a window begins, in local seconds.
    func start(_ number: Int64) -> Int64 {
        switch unit {
        case .min, .h, .day, .week: firstStart + number * length
        case .month, .quarter, .year: start(ofMonth: firstMonth + number * monthCount)
        }
    }

    // MARK: Windows of a fixed length on the local clock

    private var length: Int64 {
        switch unit {
        case .min: count * 60
        case .h: count * 3_600
        case .week: 7 * Self.day
        default: Self.day
        }
    }

    private var firstStart: Int64 {
        switch anchor {
        case .time(let hour, let minute): Int64(hour * 60 + minute) * 60
        case .weekday(let weekday): Self.mondayBefore1970 + Int64(weekday.index) * Self.day
        default: unit == .week ? Self.mondayBefore1970 : 0
        }
    }

    // MARK: Windows of months

    private var monthCount: Int64 { unit == .year ? 12 : unit == .quarter ? 3 : 1 }

    /// The month, of the year 0, in which a window begins.
    private var firstMonth: Int64 {
        guard case .monthDay(let month, _) = anchor else { return 0 }
        return Int64(month - 1)
    }

    /// The anchor's day in a month, counted from the year 0; its last day where it has no such day.
    private func start(ofMonth months: Int64) -> Int64 {
        let year = months.flooredDivision(by: 12)
        let first = DateComponents(year: Int(year), month: Int(months - year * 12) + 1, day: 1)
        guard let date = Self.calendar.date(from: first),
            let days = Self.calendar.range(of: .day, in: .month, for: date)?.count
        else { preconditionFailure("a month that the calendar does not have") }
        let day: Int =
            switch anchor {
            case .day(let day), .monthDay(_, let day): min(day, days)
            default: 1
            }
        return Int64(date.timeIntervalSince1970) + Int64(day - 1) * Self.day
    }

    private static func date(_ local: Int64) -> Date { Date(timeIntervalSince1970: TimeInterval(local)) }
}

extension Weekday {
    /// Days since Monday.
    var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

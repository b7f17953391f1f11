/// Where the windows of a calendar begin: `from 15`, `from monday`, `from 04-06`, `from 06:00`, `from signup`.
package enum Anchor: Equatable, Sendable {
    /// Day of the month, 1 to 31; clamped to the month's end.
    case day(Int)
    case weekday(Weekday)
    case monthDay(month: Int, day: Int)
    case time(hour: Int, minute: Int)
    /// The instant at which the consumer signed up.
    case signup
}

/// A day of the week.
package enum Weekday: String, CaseIterable, Sendable {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday

    /// The three letters that spans use; anchors take both forms.
    package var short: String { String(rawValue.prefix(3)) }

    package init?(short: String) {
        guard let day = Self.allCases.first(where: { $0.short == short }) else { return nil }
        self = day
    }
}

extension Anchor: CustomStringConvertible {
    package var description: String {
        switch self {
        case .day(let day): "\(day)"
        case .weekday(let day): day.rawValue
        case .monthDay(let month, let day): "\(twoDigits(month))-\(twoDigits(day))"
        case .time(let hour, let minute): "\(twoDigits(hour)):\(twoDigits(minute))"
        case .signup: "signup"
        }
    }
}

/// A number below 100 in two digits.
func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

/// Where periods begin.
package enum PeriodAnchor: Hashable, Sendable {
    /// When the subscription did, to the second: on the same day of each month, or its last day where it is shorter.
    case signup
    /// A day of the month, 1 to 31; the last one where a month is shorter.
    case day(Int)
    case weekday(PeriodWeekday)
    /// A month and a day of it; 29 February is the 28th in other years.
    case date(month: Int, day: Int)
    case time(hour: Int, minute: Int)

    func fits(_ unit: PeriodUnit) -> Bool {
        switch (self, unit) {
        case (.signup, _), (.weekday, .week): true
        case (.day(let day), .month), (.day(let day), .quarter): (1...31).contains(day)
        case (.date(let month, let day), .quarter), (.date(let month, let day), .year):
            (1...12).contains(month) && (1...Self.longest[month - 1]).contains(day)
        case (.time(let hour, let minute), .day): (0...23).contains(hour) && (0...59).contains(minute)
        default: false
        }
    }

    private static let longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

/// A day of the week, as people begin it.
package enum PeriodWeekday: String, CaseIterable, Hashable, Sendable {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday
}

extension PeriodAnchor: CustomStringConvertible {
    package var description: String {
        func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return switch self {
        case .signup: "signup"
        case .day(let day): "\(day)"
        case .weekday(let weekday): weekday.rawValue
        case .date(let month, let day): "\(twoDigits(month))-\(twoDigits(day))"
        case .time(let hour, let minute): "\(twoDigits(hour)):\(twoDigits(minute))"
        }
    }

    /// Reads `signup`, `15`, `monday`, `04-06` or `06:00`; nil for anything else.
    package init?(_ text: String) {
        func pair(_ separator: Character) -> (Int, Int)? {
            let parts = text.split(separator: separator, omittingEmptySubsequences: false)
            guard parts.count == 2,
                parts.allSatisfy({ (1...2).contains($0.utf8.count) && $0.utf8.allSatisfy(isDigit) }),
                let first = Int(parts[0]), let second = Int(parts[1])
            else { return nil }
            return (first, second)
        }
        func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        if text == "signup" {
            self = .signup
        } else if let weekday = PeriodWeekday.allCases.first(where: {
            $0.rawValue == text || $0.rawValue.prefix(3) == text
        }) {
            self = .weekday(weekday)
        } else if let (month, day) = pair("-") {
            self = .date(month: month, day: day)
        } else if let (hour, minute) = pair(":") {
            self = .time(hour: hour, minute: minute)
        } else if (1...2).contains(text.utf8.count), text.utf8.allSatisfy(isDigit), let day = Int(text) {
            self = .day(day)
        } else {
            return nil
        }
    }
}

/// A unit of the calendar.
package enum PeriodUnit: String, CaseIterable, Hashable, Sendable {
    case day, week, month, quarter, year

    /// How many of it a period may have: about ten years.
    package var most: Int {
        switch self {
        case .day: 3_660
        case .week: 520
        case .month: 120
        case .quarter: 40
        case .year: 10
        }
    }

    /// What may stand behind `from`.
    var anchors: String {
        switch self {
        case .day: "signup or a time (06:00)"
        case .week: "signup or a weekday (monday)"
        case .month: "signup or a day (15)"
        case .quarter: "signup, a day (15) or a date (02-15)"
        case .year: "signup or a date (04-06)"
        }
    }
}

import WeirBilling

/// The local times at which the periods of a declaration begin, numbered: seconds since 1970 if the local clock showed UTC.
///
/// With an anchor the numbers count from a fixed point of the calendar, so that all subscriptions of a plan have the same boundaries; from
/// the signup they count from its day and time.
struct PeriodSeries {
    private static let day: Int64 = 86_400
    /// 1970 began on a Thursday.
    private static let mondayBefore1970: Int64 = -3

    private let period: Period
    /// The local time of the signup.
    private let signup: Int64

    init(_ period: Period, signup: Int64) {
        self.period = period
        self.signup = signup
    }

    /// When a period begins.
    func start(_ number: Int64) -> Int64 {
        if let days = lengthInDays { return (firstDay + number * days) * Self.day + time }
        return CivilDate(month: firstMonth + number * lengthInMonths, day: anchorDay).dayCount * Self.day + time
    }

    /// The period that a local time lies in.
    func number(of local: Int64) -> Int64 {
        var guess: Int64
        if let days = lengthInDays {
            guess = (local - time - firstDay * Self.day).flooredDivision(by: days * Self.day)
        } else {
            let month = CivilDate(day: local.flooredDivision(by: Self.day)).monthCount
            guess = (month - firstMonth).flooredDivision(by: lengthInMonths)
        }
        while start(guess) > local { guess -= 1 }
        while start(guess + 1) <= local { guess += 1 }
        return guess
    }

    /// Days of a period of days or weeks.
    private var lengthInDays: Int64? {
        switch period.unit {
        case .day: Int64(period.count)
        case .week: Int64(period.count) * 7
        case .month, .quarter, .year: nil
        }
    }

    private var lengthInMonths: Int64 {
        Int64(period.count) * (period.unit == .year ? 12 : period.unit == .quarter ? 3 : 1)
    }

    private var signupDay: Int64 { signup.flooredDivision(by: Self.day) }

    /// The time of day at which periods begin, in seconds.
    private var time: Int64 {
        switch period.anchor {
        case .signup: signup - signupDay * Self.day
        case .time(let hour, let minute): Int64(hour * 60 + minute) * 60
        case .day, .weekday, .date: 0
        }
    }

    private var firstDay: Int64 {
        switch period.anchor {
        case .signup: signupDay
        case .weekday(let weekday):
            Self.mondayBefore1970 + Int64(PeriodWeekday.allCases.firstIndex(of: weekday) ?? 0)
        case .day, .date, .time: 0
        }
    }

    /// Counted from January of the year 0.
    private var firstMonth: Int64 {
        switch period.anchor {
        case .signup: CivilDate(day: signupDay).monthCount
        case .date(let month, _): Int64(month - 1)
        case .day, .weekday, .time: 0
        }
    }

    private var anchorDay: Int64 {
        switch period.anchor {
        case .signup: CivilDate(day: signupDay).day
        case .day(let day), .date(_, let day): Int64(day)
        case .weekday, .time: 1
        }
    }
}

/// A day of the Gregorian calendar, reckoned without a zone.
struct CivilDate: Equatable {
    var year: Int64
    /// 1 to 12.
    var month: Int64
    /// 1 to 31.
    var day: Int64

    /// The date of a day, counted from 1970-01-01.
    ///
    /// Years begin in March here, so that a leap day is the last of its year, and come in cycles of 400, of 146,097 days.
    init(day count: Int64) {
        let shifted = count + 719_468
        let cycle = shifted.flooredDivision(by: 146_097)
        let dayOfCycle = shifted - cycle * 146_097
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1_460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0)
    }

    /// A day of a month that is counted from January of the year 0; the month's last where it has no such day.
    init(month count: Int64, day: Int64) {
        year = count.flooredDivision(by: 12)
        month = count - year * 12 + 1
        self.day = min(day, Self.days(of: month, in: year))
    }

    /// Months since January of the year 0.
    var monthCount: Int64 { year * 12 + month - 1 }

    /// Days since 1970-01-01.
    var dayCount: Int64 {
        let (shiftedYear, monthFromMarch) = month <= 2 ? (year - 1, month + 9) : (year, month - 3)
        let cycle = shiftedYear.flooredDivision(by: 400)
        let yearOfCycle = shiftedYear - cycle * 400
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return cycle * 146_097 + yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear - 719_468
    }

    private static func days(of month: Int64, in year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

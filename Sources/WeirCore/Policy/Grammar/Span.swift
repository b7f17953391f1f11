/// A part of the week in which a limit holds: `mon-fri 09:00-18:00`, `sat-sun`, `22:00-06:00`.
package struct Span: Equatable, Sendable {
    /// The first and last weekday; nil for every day.
    package var days: (first: Weekday, last: Weekday)?
    /// Minutes since midnight, the end before the start when the span crosses midnight; nil for the whole day.
    package var times: (start: Int, end: Int)?

    package init(days: (first: Weekday, last: Weekday)?, times: (start: Int, end: Int)?) {
        self.days = days
        self.times = times
    }

    package static func == (left: Span, right: Span) -> Bool { left.description == right.description }
}

extension Span: CustomStringConvertible {
    package var description: String {
        var parts: [String] = []
        if let days {
            parts.append(days.first == days.last ? days.first.short : "\(days.first.short)-\(days.last.short)")
        }
        if let times {
            func clock(_ minutes: Int) -> String { "\(twoDigits(minutes / 60)):\(twoDigits(minutes % 60))" }
            parts.append("\(clock(times.start))-\(clock(times.end))")
        }
        return parts.joined(separator: " ")
    }
}

import WeirCore

/// When spans of the week begin and end, as instants: parts that are open and closed in turn.
struct Openings {
    private static let day: Int64 = 86_400
    /// Days that are looked at: enough for a span that is open once a week to fill a timeline, and not for more.
    private static let daysAhead: Int64 = 120

    /// Ascending; the first part holds the instant asked for.
    let boundaries: [Int64]
    let startsOpen: Bool

    init(_ spans: [Span], on clock: ZoneClock, at instant: Int64) {
        let today = clock.local(at: instant).flooredDivision(by: Self.day)
        var intervals: [Range<Int64>] = []
        for day in today - 8...today + Self.daysAhead {
            for span in spans where span.holds(onDay: day) {
                let start = day * Self.day + Int64(span.times?.start ?? 0) * 60
                let end = day * Self.day + span.endSeconds
                let (first, last) = (clock.first(showing: start), clock.first(showing: end))
                if first < last { intervals.append(first..<last) }
            }
        }
        let changes = Self.changes(of: intervals)
        // The parts before the one that holds the instant are over.
        let over = changes.lastIndex { $0 <= instant } ?? -1
        let startsOpen = over >= 0 && over % 2 == 0
        var boundaries = [over >= 0 ? changes[over] : instant - Self.day] + changes[(over + 1)...]
        // A part that nothing ends within sight is looked at again before its end.
        if boundaries.count < 2 { boundaries.append(instant + Self.daysAhead / 2 * Self.day) }
        self.boundaries = boundaries
        self.startsOpen = startsOpen
    }

    /// Starts and ends of the union, in order: even ones open, odd ones close.
    private static func changes(of intervals: [Range<Int64>]) -> [Int64] {
        var changes: [Int64] = []
        for interval in intervals.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = changes.last, interval.lowerBound <= last {
                changes[changes.count - 1] = max(last, interval.upperBound)
            } else {
                changes += [interval.lowerBound, interval.upperBound]
            }
        }
        return changes
    }
}

extension Span {
    /// Whether the span begins on a day, counted from 1970.
    fileprivate func holds(onDay day: Int64) -> Bool {
        guard let days else { return true }
        // 1970 began on a Thursday, three days after a Monday.
        let weekday = Int((day + 3) - (day + 3).flooredDivision(by: 7) * 7)
        let (first, last) = (days.first.index, days.last.index)
        return first <= last ? (first...last).contains(weekday) : weekday >= first || weekday <= last
    }

    /// Seconds from the day's midnight to the span's end, which may be on the next day.
    fileprivate var endSeconds: Int64 {
        guard let times else { return 86_400 }
        return Int64(times.end + (times.end <= times.start ? 1_440 : 0)) * 60
    }
}

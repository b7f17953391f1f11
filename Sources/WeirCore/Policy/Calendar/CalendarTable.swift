/// The rules of the calendar that a policy uses, each once, and where the time is on each.
struct CalendarTable: ~Copyable {
    private(set) var rules: [CalendarRule]
    private var cursors: FixedArray<CalendarCursor>

    /// - Parameter timelines: one for each rule.
    init(_ rules: [CalendarRule], _ timelines: [Timeline]) {
        precondition(rules.count == timelines.count, "a timeline for each rule")
        self.rules = rules
        cursors = FixedArray(timelines.map(CalendarCursor.init))
    }

    /// The running part of a rule, which has begun at the latest now.
    @inline(__always)
    mutating func cursor(_ rule: Int, at wall: Int64) -> CalendarCursor {
        cursors[rule].advance(to: wall)
        return cursors[rule]
    }

    /// The running part as it was looked at last.
    @inline(__always)
    subscript(rule: Int) -> CalendarCursor { cursors[rule] }

    /// Takes over the place on the timelines of rules that another policy had too, where that was further.
    mutating func keepPlaces(of other: borrowing CalendarTable) {
        for (index, rule) in rules.enumerated() {
            guard let before = other.rules.firstIndex(of: rule), other.cursors[before].start > cursors[index].start
            else { continue }
            cursors[index] = other.cursors[before]
        }
    }

    /// Numbers of the rules that run out of known parts.
    func runningOut(at wall: Int64) -> [Int] {
        rules.indices.filter { cursors[$0].isRunningOut(at: wall) }
    }

    /// When the running part of a rule began.
    func start(_ rule: Int) -> Int64 { cursors[rule].start }

    mutating func extend(_ rule: Int, with timeline: Timeline) { cursors[rule].extend(with: timeline) }
}

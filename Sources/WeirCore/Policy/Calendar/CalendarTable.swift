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

    /// What tells the running part of a rule from every other; it has begun at the latest now.
    @inline(__always)
    mutating func mark(_ rule: Int, at wall: Int64) -> Hash128 {
        cursors[rule].advance(to: wall)
        return cursors[rule].mark
    }

    /// Whether the running part of a rule is one in which limits hold.
    @inline(__always)
    mutating func isOpen(_ rule: Int, at wall: Int64) -> Bool {
        cursors[rule].advance(to: wall)
        return cursors[rule].isOpen
    }

    /// What tells the running part from every other, as it was looked at last.
    func mark(_ rule: Int) -> Hash128 { cursors[rule].mark }

    /// The mark of the part before it; the same where none is known.
    func markBefore(_ rule: Int) -> Hash128 { cursors[rule].markBefore }

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

    /// When the running part of a rule began, and when it ends.
    func start(_ rule: Int) -> Int64 { cursors[rule].start }
    @inline(__always)
    func end(_ rule: Int) -> Int64 { cursors[rule].end }

    mutating func extend(_ rule: Int, with timeline: Timeline) { cursors[rule].extend(with: timeline) }

    /// Numbers of the rules whose running part begins more than its own length from now.
    func ahead(of wall: Int64) -> [Int] { rules.indices.filter { cursors[$0].isAhead(of: wall) } }

    mutating func goBack(_ rule: Int, to timeline: Timeline) { cursors[rule] = CalendarCursor(timeline) }
}

/// Where the running time is on one timeline. Plain bits, so that a check walks on without help.
///
/// A cursor does not go back by itself: when the wall clock is turned back, the part that had begun goes on, so that no window opens
/// twice. At the end of what is known the last part goes on too, until more is known: limits hold longer, never less.
struct CalendarCursor: BitwiseCopyable, Sendable {
    private var boundaries = InlineArray<32, Int64>(repeating: 0)
    private var count = 0
    private var position = 0
    private var startsOpen = true
    /// What tells the running part's keys from those of every other.
    private(set) var mark = Hash128(low: 0, high: 0)
    /// The mark of the part before it; the same as `mark` where none is known.
    private(set) var markBefore = Hash128(low: 0, high: 0)

    init(_ timeline: Timeline) {
        for (index, boundary) in timeline.boundaries.enumerated() { boundaries[index] = boundary }
        count = timeline.boundaries.count
        startsOpen = timeline.startsOpen
        mark = Self.mark(of: boundaries[0])
        markBefore = mark
    }

    /// Walks to the part that `wall` lies in.
    @inline(__always)
    mutating func advance(to wall: Int64) {
        if wall < end { return }
        walk(to: wall)
    }

    private mutating func walk(to wall: Int64) {
        while position &+ 2 < count, wall >= boundaries[position &+ 1] { position &+= 1 }
        mark = Self.mark(of: start)
        if position > 0 { markBefore = Self.mark(of: boundaries[position &- 1]) }
    }

    /// A part's identity is when it began. Keyed hashes of limits are mixed with it, so that it need not be secret.
    private static func mark(of start: Int64) -> Hash128 {
        var hash = SipHash128(key: Hash128(low: 0, high: 0))
        hash.append(UInt64(bitPattern: start))
        return hash.finish()
    }

    /// When the running part began and when it ends, in microseconds since 1970.
    var start: Int64 { boundaries[position] }
    var end: Int64 { boundaries[position &+ 1] }

    var isOpen: Bool { startsOpen == (position & 1 == 0) }

    /// Whether half of the time that is known has passed, so that more should be computed.
    func isRunningOut(at wall: Int64) -> Bool {
        let (first, last) = (boundaries[0], boundaries[count &- 1])
        return wall >= first &+ (last &- first) / 2
    }

    /// Whether the running part begins more than its own length from now: no clock that was a little fast explains it.
    func isAhead(of wall: Int64) -> Bool { start &- wall > end &- start }

    /// Goes on with a newer timeline, unless it lies behind.
    mutating func extend(with timeline: Timeline) {
        guard let first = timeline.boundaries.first, first >= start else { return }
        let last = self
        self = CalendarCursor(timeline)
        markBefore = mark == last.mark ? last.markBefore : last.mark
    }
}

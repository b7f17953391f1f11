/// What a grant would say to a check, for somebody who wonders why. Nothing is drawn, nobody is asked.
package struct CreditExplanation: Equatable, Sendable {
    /// What a check would find.
    package enum Finding: String, Sendable {
        /// It pays: nothing behind it is drawn on.
        case pays
        /// Not enough is in hand, and the collector would be asked.
        case asks
        /// All is used, or lent to agents that use it; or it is over.
        case used
        /// The meter does not count the request, or its plan does not charge it.
        case free
    }

    package var grant: RecordID
    package var finding: Finding
    /// What the check would draw; where only the response tells, the estimate. Base units of the grant.
    package var cost: Int64
    /// What is in hand, and of what: all that was granted, given back, spent and reserved.
    package var room: Int64
    package var granted: Int64
    package var returned: Int64
    package var spent: Int64
    package var inflight: Int64
    /// What the collector has said last.
    package var standing: CreditWindow.Standing
    /// For how long what is in hand may be spent yet, in microseconds; 0 where it may not.
    package var lifetime: Int64
    /// The cost of the first check that waits; 0 where none does.
    package var waiting: Int64
}

extension WindowTable {
    /// What a window would say to a cost, as `look` does, without a trace.
    func explain(_ place: Int, cost: Int64, isEstimate: Bool, now: Int64, seconds: Int64) -> CreditExplanation {
        let entry = entries[place]
        let window = entry.window
        let room = window.room(now)
        let finding: CreditExplanation.Finding
        if seconds < entry.from || seconds >= entry.until {
            finding = .used
        } else if room >= cost || isEstimate && room > 0 {
            finding = .pays
        } else {
            switch window.standing {
            case .open: finding = .asks
            case .empty: finding = cost >= entry.refused ? .used : .asks
            case .closed: finding = window.isDisputed || window.mayAsk(now) ? .asks : .used
            }
        }
        return CreditExplanation(
            grant: entry.grant, finding: finding, cost: cost, room: room, granted: window.granted,
            returned: window.returned, spent: window.spent, inflight: window.inflight, standing: window.standing,
            lifetime: window.standing == .closed || window.deadline == .min ? 0 : max(0, window.deadline &- now),
            waiting: entry.need)
    }

    /// Adds up windows from a place on, a part of them at a time.
    ///
    /// - Returns: where to go on; nil behind the last.
    package func survey(from start: Int, scan: Int, now: Int64, into survey: inout WindowSurvey) -> Int? {
        let end = min(start + scan, entries.count)
        for place in min(start, end)..<end { survey.add(entries[place], now: now) }
        return end < entries.count ? end : nil
    }
}

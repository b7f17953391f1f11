/// What windows have to say to the collector, and what it answers.
extension WindowTable {
    /// Takes what is to be said of windows that were used since the last time.
    package mutating func takeCalls(
        atMost maximum: Int, now: Int64, into windows: inout [ExchangeQuestion.Window]
    ) {
        isUrgent = false
        let before = windows.count
        var kept = 0
        for index in listed.indices {
            let place = Int(listed[index])
            if windows.count < maximum, !mustStay(place, now: now, into: &windows) {
                entries[place].isListed = false
                continue
            }
            listed[kept] = Int32(place)
            kept += 1
        }
        // The room stays: a check that lists a window allocates nothing.
        listed.removeLast(listed.count - kept)
        noteAsked(windows.count > before, now: now)
    }

    /// Says what a listed window has to say, and whether it is to be looked at again: where somebody still waits.
    private mutating func mustStay(
        _ place: Int, now: Int64, into windows: inout [ExchangeQuestion.Window]
    ) -> Bool {
        call(place, now: now, into: &windows)
        let window = entries[place].window
        if window.standing == .empty || window.standing == .closed && !window.isDisputed { entries[place].need = 0 }
        return entries[place].need > 0
    }

    /// Looks at the next windows: those that are to be kept, given back or asked about again.
    package mutating func sweep(
        _ count: Int, atMost maximum: Int, now: Int64, into windows: inout [ExchangeQuestion.Window]
    ) {
        let before = windows.count
        for _ in 0..<min(count, entries.count) where windows.count < maximum {
            if hand >= entries.count { hand = 0 }
            if !entries[hand].isListed { call(hand, now: now, into: &windows) }
            hand += 1
        }
        noteAsked(windows.count > before, now: now)
    }

    /// The collector owes an answer from now on, unless it does already.
    private mutating func noteAsked(_ isAsked: Bool, now: Int64) {
        if isAsked, askedAt == .max { askedAt = now }
    }

    private mutating func call(_ place: Int, now: Int64, into windows: inout [ExchangeQuestion.Window]) {
        guard let call = entries[place].window.call(need: entries[place].need, now: now) else { return }
        counters.calls &+= 1
        if call.want > 0 { entries[place].asked = max(1, call.need) }
        windows.append(ExchangeQuestion.Window(grant: entries[place].grant, call: call))
    }

    /// Takes what a collector says of a window.
    package mutating func take(_ answer: ExchangeAnswer.Window, now: Int64) {
        (isAlone, askedAt) = (false, .max)
        guard let place = places[answer.grant] else { return }
        let (before, wasClosed) = (entries[Int(place)].window.granted, entries[Int(place)].window.standing == .closed)
        entries[Int(place)].window.take(answer.reply, now: now)
        if wasClosed, entries[Int(place)].window.standing != .closed { counters.revived &+= 1 }
        // What was drawn beyond is paid by now, or by nobody: there may be another outage.
        if entries[Int(place)].window.lack == 0 { entries[Int(place)].overdrawn = 0 }
        let isEmpty = entries[Int(place)].window.standing == .empty
        entries[Int(place)].refused = isEmpty ? min(entries[Int(place)].refused, entries[Int(place)].asked) : .max
        counters.granted &+= UInt64(max(0, entries[Int(place)].window.granted &- before))
        list(Int(place))
    }

    /// The last exchange failed: until an answer comes plans decide what is let through.
    package mutating func loseCollector() { (isAlone, askedAt) = (true, .max) }

    /// Another agent waits for what a window does not use.
    package mutating func recall(_ grant: RecordID) {
        guard let place = places[grant] else { return }
        entries[Int(place)].window.recall()
        list(Int(place))
        isUrgent = true
    }

    /// The agent stops: what was not spent goes back. The windows are over when the usage of this run has all arrived, which a later run
    /// says.
    package mutating func leave() -> [ExchangeQuestion.Window] {
        entries.indices.compactMap { place in
            guard entries[place].window.granted > 0, entries[place].window.standing != .closed else { return nil }
            var call = entries[place].window.over()
            call.isOver = false
            return ExchangeQuestion.Window(grant: entries[place].grant, call: call)
        }
    }
}

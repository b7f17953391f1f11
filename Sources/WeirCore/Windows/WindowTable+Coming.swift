/// Grants of periods that begin soon.
extension WindowTable {
    /// So many seconds before a grant starts a collector is asked for what checks will want of it then: less than windows live, so that it
    /// lasts over the start.
    static var lead: Int64 { 10 }

    /// Asks for what grants give that start soon and follow on others that are drawn on, so that their first second needs no answer.
    mutating func callAhead(
        atMost maximum: Int, now: Int64, seconds: Int64, into windows: inout [ExchangeQuestion.Window]
    ) {
        guard !coming.isEmpty else { return }
        coming.removeAll { seconds >= entries[Int($0)].from || entries[Int($0)].window.standing == .closed }
        for place in coming where windows.count < maximum {
            let entry = entries[Int(place)]
            guard entry.from - seconds <= Self.lead, entry.follows >= 0, entry.window.granted == 0 else { continue }
            let wanted = entries[Int(entry.follows)].window.ahead(now)
            guard wanted > 0, entry.window.mayAsk(now) else { continue }
            // Demand is what comes in a tenth of what is covered.
            entries[Int(place)].window.want(max(1, wanted / 10), now: now)
            guard let call = entries[Int(place)].window.call(need: 1, now: now) else { continue }
            counters.calls &+= 1
            windows.append(ExchangeQuestion.Window(grant: entry.grant, call: call))
        }
    }
}

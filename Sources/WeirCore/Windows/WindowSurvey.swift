/// What windows hold, added up; those of money apart, as a nano-unit is no call.
package struct WindowSurvey: Equatable, Sendable {
    /// In base units: calls and bytes, or nano-units of any currency.
    package struct Amounts: Equatable, Sendable {
        package var granted: Int64 = 0
        package var returned: Int64 = 0
        package var spent: Int64 = 0
        /// Reserved by checks whose responses are not over.
        package var inflight: Int64 = 0
        /// What may be spent now.
        package var room: Int64 = 0
    }

    package var units = Amounts()
    package var money = Amounts()
    /// Windows by what the collector has said of them last.
    package var open = 0
    package var empty = 0
    package var closed = 0
    /// Windows that a check waits for, and those that somebody else waits for something of.
    package var waiting = 0
    package var recalled = 0

    package init() {}

    mutating func add(_ entry: WindowTable.Entry, now: Int64) {
        switch entry.window.standing {
        case .open: open += 1
        case .empty: empty += 1
        case .closed: closed += 1
        }
        if entry.need > 0 { waiting += 1 }
        if entry.window.isRecalled { recalled += 1 }
        if entry.isMoney { money.add(entry.window, now: now) } else { units.add(entry.window, now: now) }
    }
}

extension WindowSurvey.Amounts {
    fileprivate mutating func add(_ window: CreditWindow, now: Int64) {
        granted &+= window.granted
        returned &+= window.returned
        spent &+= window.spent
        inflight &+= window.inflight
        room &+= window.room(now)
    }
}

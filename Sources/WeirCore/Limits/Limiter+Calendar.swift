/// Limits that count in windows of the calendar: what tells one window from the next, and how more of them become known.
extension Limiter {
    /// The key of the running window, for a limit that counts in windows: each window is a counter of its own.
    @inline(__always)
    mutating func keyInWindow(_ key: Hash128, _ limit: Int, wall: Int64) -> Hash128 {
        let windows = Int(policy.tables.value.limits[limit].windows)
        if windows < 0 { return key }
        return key ^ calendar.mark(windows, at: wall)
    }

    /// Whether a key of the running window was counted in the window before, as far as that is still in the table.
    mutating func wasInWindowBefore(_ key: Hash128, _ limit: Int) -> Bool {
        let windows = Int(policy.tables.value.limits[limit].windows)
        if windows < 0 { return false }
        let (mark, before) = (calendar.mark(windows), calendar.markBefore(windows))
        guard mark != before else { return false }
        return (shared.isOn ? shared.leases.find(key ^ mark ^ before) : table.find(key ^ mark ^ before)) != nil
    }

    /// When the running window of a limit ends; 0 for a limit that counts in none.
    @inline(__always)
    mutating func windowEnd(_ limit: Int) -> Int64 {
        let windows = Int(policy.tables.value.limits[limit].windows)
        return windows < 0 ? 0 : calendar.end(windows)
    }

    /// When the running window of a limit began, and when it ends; 0 for a limit that counts in none.
    @inline(__always)
    mutating func window(_ limit: Int) -> (start: Int64, end: Int64) {
        let windows = Int(policy.tables.value.limits[limit].windows)
        return windows < 0 ? (0, 0) : (calendar.start(windows), calendar.end(windows))
    }

    /// What the overflow entry of a limit is found by; of the running window where it counts in windows.
    mutating func overflowIdentity(_ limit: Int) -> Hash128 {
        let identity = policy.tables.value.limits[limit].identity
        let windows = Int(policy.tables.value.limits[limit].windows)
        if windows < 0 { return identity }
        return identity ^ calendar.mark(windows)
    }

    /// Seconds in which the limit makes its capacity anew: the length of the running window, or the bucket's.
    mutating func windowSeconds(_ limit: Int) -> UInt32 {
        let windows = Int(policy.tables.value.limits[limit].windows)
        if windows < 0 { return policy.tables.value.limits[limit].windowSeconds }
        return UInt32(clamping: (calendar.end(windows) &- calendar.start(windows)) / 1_000_000)
    }

    // MARK: Looking ahead

    /// The rules of the calendar that run out of known parts, each with the instant from which more are wanted: so that no
    /// check has to wait for a calendar, somebody extends them ahead of time.
    package func calendarRunningOut(now: Instant) -> [(rule: CalendarRule, from: Int64)] {
        calendar.runningOut(at: now.wallMicroseconds).map { index in
            (calendar.rules[index], max(now.wallMicroseconds, calendar.start(index)))
        }
    }

    /// Goes on with newer parts of a rule, if the policy still has it.
    package mutating func extend(_ rule: CalendarRule, with timeline: Timeline) {
        guard let index = calendar.rules.firstIndex(of: rule) else { return }
        calendar.extend(index, with: timeline)
    }

    /// The rules whose running part begins later than the next one should, by the wall clock: it was ahead when they were read, and
    /// their limits would hold on to a window that is far off.
    package func calendarAhead(now: Instant) -> [CalendarRule] {
        calendar.ahead(of: now.wallMicroseconds).map { calendar.rules[$0] }
    }

    /// Goes back to parts that a clock which was ahead has passed over; only by a clock that can be believed.
    package mutating func goBack(_ rule: CalendarRule, to timeline: Timeline) {
        guard let index = calendar.rules.firstIndex(of: rule) else { return }
        calendar.goBack(index, to: timeline)
    }
}

/// What can be wrong with a limit's zone, anchor and spans.
extension PolicyChecker {
    mutating func checkCalendar(_ limit: LimitStatement, _ entry: (source: String, statement: Statement)) {
        var isWindow = false
        if case .window = limit.kind { isWindow = true }
        if let zone = limit.zone {
            if !almanac.knows(zone: zone) {
                report(
                    entry, "expected a time zone such as Europe/Berlin after \"in\", found \"\(zone)\"",
                    suggestion: almanac.nearestZone(to: zone))
            } else if !isWindow, limit.spans(defaultZone: zone) == nil {
                report(
                    entry, "expected a window or \"during\" for \"in \(zone)\", as \"\(limit.kind)\" has no zone",
                    suggestion: "the limit without it")
            }
        }
        guard let anchor = limit.anchor, anchor != .signup else { return }
        guard case .window(_, let count, let unit, _) = limit.kind else {
            return report(
                entry, "expected a window for \"from \(anchor)\", as \"\(limit.kind)\" begins nowhere",
                suggestion: "the limit without it")
        }
        if !anchor.fits(unit, count: count) {
            report(
                entry,
                "expected \(unit.anchors) after \"from\" for \"\(limit.kind)\", found \"\(anchor)\"")
        }
    }
}

extension Anchor {
    /// Whether windows of this length can begin there.
    fileprivate func fits(_ unit: LimitKind.WindowUnit, count: Int64) -> Bool {
        switch (self, unit) {
        case (.day, .month), (.day, .quarter), (.weekday, .week), (.monthDay, .quarter), (.monthDay, .year),
            (.time, .day), (.signup, _):
            true
        case (.time, .h): count > 1
        default: false
        }
    }
}

extension LimitKind.WindowUnit {
    /// Where windows of this unit can begin, in words.
    fileprivate var anchors: String {
        switch self {
        case .min: "nothing: minutes begin with the clock's"
        case .h: "a time (06:00) for several hours"
        case .day: "a time (06:00)"
        case .week: "a weekday (monday)"
        case .month: "a day (15)"
        case .quarter: "a day (15) or a date (02-01)"
        case .year: "a date (04-06)"
        }
    }
}

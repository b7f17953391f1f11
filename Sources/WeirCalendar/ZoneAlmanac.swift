import Foundation
package import WeirCore

/// The calendar that people live by: Gregorian, in the time zones of the IANA database, as Foundation knows them.
///
/// Everything is reckoned in local seconds (those since 1970 if the local clock showed UTC) and turned into instants at the
/// end: a window that begins at midnight begins when the clock first shows midnight or later, be that day 23, 24 or 25 hours
/// long, or missing.
package struct ZoneAlmanac: Almanac {
    package let zone: String

    /// - Parameter zone: the zone of statements that name none; one that is known.
    package init(zone: String = "UTC") { self.zone = zone }

    package func knows(zone: String) -> Bool { ZoneClock(zone) != nil }

    package func nearestZone(to name: String) -> String? {
        let known = TimeZone.knownTimeZoneIdentifiers
        // A city without its continent is the commonest slip.
        let city = known.first { $0.split(separator: "/").last?.lowercased() == name.lowercased() }
        return city ?? known.first { $0.lowercased() == name.lowercased() }
            ?? Suggestion.nearest(to: name, among: known)
    }

    package func timeline(_ rule: CalendarRule, at wall: Int64) -> Timeline {
        // A policy is refused when its zone is not known; the database does not shrink while the program runs.
        let seconds = wall.flooredDivision(by: 1_000_000)
        switch rule {
        case .windows(let count, let unit, let anchor, let zone):
            let clock = clock(zone)
            let starts =
                if let step = Self.step(count, unit) {
                    clock.windows(of: step, at: seconds)
                } else {
                    clock.windows(of: WindowSeries(count: count, unit: unit, anchor: anchor), at: seconds)
                }
            return Timeline(boundaries: starts.map { $0 * 1_000_000 })
        case .spans(let spans, let zone):
            let openings = Openings(spans, on: clock(zone), at: seconds)
            return Timeline(boundaries: openings.boundaries.map { $0 * 1_000_000 }, startsOpen: openings.startsOpen)
        }
    }

    private func clock(_ zone: String) -> ZoneClock {
        guard let clock = ZoneClock(zone) else { preconditionFailure("a zone that is not known passed the checker") }
        return clock
    }

    /// Seconds of windows that follow the clock's hands: minutes, and one hour.
    private static func step(_ count: Int64, _ unit: LimitKind.WindowUnit) -> Int64? {
        switch unit {
        case .min: count * 60
        case .h: count == 1 ? 3_600 : nil
        default: nil
        }
    }
}

extension Int64 {
    /// The quotient, rounded down also below zero.
    func flooredDivision(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

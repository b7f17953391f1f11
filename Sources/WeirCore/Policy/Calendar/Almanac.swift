/// What turns the words of a calendar into instants: zones, days of 23 hours, months that end.
///
/// The core has no calendar: it asks for instants ahead of time, when a policy is compiled and once in a while after, and
/// never on a check. `WeirCalendar` has the real one.
package protocol Almanac: Sendable {
    /// The zone of statements that name none: `WEIR_ZONE`.
    var zone: String { get }

    /// Whether there is a time zone of this name.
    func knows(zone: String) -> Bool

    /// The known zone whose name is closest; nil when none is close.
    func nearestZone(to name: String) -> String?

    /// The parts of a rule from the one that `wall` lies in on, at most `Timeline.maximumParts` of them.
    ///
    /// - Parameter wall: microseconds since 1970.
    func timeline(_ rule: CalendarRule, at wall: Int64) -> Timeline
}

import WeirCore

/// The calendar of rules that have no windows.
struct NoCalendar: Almanac {
    var zone: String { "UTC" }
    func knows(zone: String) -> Bool { zone == "UTC" }
    func nearestZone(to name: String) -> String? { nil }
    func timeline(_ rule: CalendarRule, at wall: Int64) -> Timeline { Timeline(boundaries: [wall, wall + 1]) }
}

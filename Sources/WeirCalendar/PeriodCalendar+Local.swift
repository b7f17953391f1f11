extension PeriodCalendar {
    /// The instant at which a zone's clock first shows the start of a day, or a later time.
    ///
    /// - Parameter day: midnight of the day in UTC, in seconds since 1970.
    /// - Returns: nil for a zone that is not known.
    package func start(ofDay day: Int64, in zone: String) -> Int64? { ZoneClock(zone)?.first(showing: day) }
}

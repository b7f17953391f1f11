/// Nanoseconds of a check in process, its lock, its cell and the reading of its frame included.
package struct LimiterReport: Sendable {
    /// Three rules and a key.
    package var threeRules = Samples()
    package var oneRule = Samples()
    /// The part of each that is the lock and the reading of the frame.
    package var reading = Samples()

    package init() {}

    func encode(into json: inout KeyedEncodingContainer<ReportKey>) throws {
        try json.encode(threeRules.median, "limiter_ns")
        try json.encode(oneRule.median, "limiter_ns_one_rule")
        try json.encode(reading.median, "limiter_ns_reading")
    }
}

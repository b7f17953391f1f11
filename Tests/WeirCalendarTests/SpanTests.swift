import Testing
import WeirCalendar
import WeirCore

/// When a limit with `during` holds.
@Suite struct SpanTests {
    /// Whether each time lies in the spans.
    private func isOpen(_ spans: String, at times: String...) throws -> [Bool] {
        let almanac = ZoneAlmanac()
        let policy = try Policy([PolicySource(name: "p", text: "1/s during \(spans)")], almanac: almanac)
        let rule = CompiledPolicy(policy, namespace: Hash128(low: 1, high: 2)).calendar[0]
        return times.map { almanac.timeline(rule, at: instant($0)).startsOpen }
    }

    @Test func spansHoldOnTheirDaysAndTimes() throws {
        // 25 November 2026 is a Wednesday; Shanghai is eight hours ahead.
        let spans = "mon-fri 09:00-18:00 in Asia/Shanghai"
        #expect(
            try isOpen(
                spans, at: "2026-11-25T00:59Z", "2026-11-25T01:00Z", "2026-11-25T09:59Z", "2026-11-25T10:00Z",
                "2026-11-28T02:00Z") == [false, true, true, false, false])
        #expect(
            try isOpen("sat-sun", at: "2026-11-27T23:59Z", "2026-11-28T00:00Z", "2026-11-29T23:59Z") == [
                false, true, true,
            ])
        // Around the end of the week.
        #expect(
            try isOpen("fri-mon", at: "2026-11-26T12:00Z", "2026-11-27T12:00Z", "2026-11-30T12:00Z") == [
                false, true, true,
            ])
    }

    @Test func aSpanMayCrossMidnightIntoADayThatIsNotItsOwn() throws {
        let spans = "fri 22:00-06:00"
        #expect(
            try isOpen(
                spans, at: "2026-11-27T21:59Z", "2026-11-27T22:00Z", "2026-11-28T05:59Z", "2026-11-28T06:00Z",
                "2026-11-27T05:00Z") == [false, true, true, false, false])
    }

    @Test func spansThatTouchAreOne() throws {
        let almanac = ZoneAlmanac()
        let policy = try Policy(
            [PolicySource(name: "p", text: "1/s during mon-fri 18:00-09:00, sat-sun in Asia/Shanghai")],
            almanac: almanac)
        let rule = CompiledPolicy(policy, namespace: Hash128(low: 1, high: 2)).calendar[0]
        // Friday's night ends on Saturday, inside the weekend; the night before Monday would be Sunday's, which has none.
        let timeline = almanac.timeline(rule, at: instant("2026-11-28T00:30Z"))
        #expect(timeline.startsOpen)
        #expect(
            timeline.boundaries.prefix(3).map { text($0) } == [
                "2026-11-27T10:00Z", "2026-11-29T16:00Z", "2026-11-30T10:00Z",
            ])
    }

    @Test func allOfTheTimeHasNoEndInSight() throws {
        #expect(try isOpen("mon-sun", at: "2026-11-25T00:00Z", "2026-12-25T00:00Z") == [true, true])
        #expect(try isOpen("00:00-12:00, 12:00-00:00", at: "2026-11-25T12:00Z") == [true])
    }

    @Test func aSpanKeepsToTheClockOnDaysOf23And25Hours() throws {
        let spans = "00:00-06:00 in Europe/Berlin"
        #expect(try isOpen(spans, at: "2026-03-29T03:59Z", "2026-03-29T04:00Z") == [true, false])
        #expect(try isOpen(spans, at: "2026-10-25T04:59Z", "2026-10-25T05:00Z") == [true, false])
        // One that lies wholly in the hour that is left out does not open.
        #expect(
            try isOpen("02:15-02:45 in Europe/Berlin", at: "2026-03-29T01:00Z", "2026-03-30T00:30Z") == [
                false, true,
            ])
    }
}

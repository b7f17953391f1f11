import Testing
import WeirCalendar
import WeirCore

/// When windows begin: in three zones and more, on days of 23 and 25 hours, at the ends of months and years.
@Suite struct WindowTests {
    @Test func daysBeginAtTheZonesMidnight() throws {
        #expect(
            try starts("5/day", at: "2026-11-25T12:00Z") == [
                "2026-11-25T00:00Z", "2026-11-26T00:00Z", "2026-11-27T00:00Z", "2026-11-28T00:00Z",
            ])
        #expect(
            try starts("5/day in Asia/Shanghai", at: "2026-11-25T12:00Z", count: 2) == [
                "2026-11-24T16:00Z", "2026-11-25T16:00Z",
            ])
        #expect(
            try starts("5/day in America/New_York", at: "2026-11-25T12:00Z", count: 2) == [
                "2026-11-25T05:00Z", "2026-11-26T05:00Z",
            ])
        #expect(
            try starts("5/day in Asia/Kathmandu", at: "2026-11-25T12:00Z", count: 2) == [
                "2026-11-24T18:15Z", "2026-11-25T18:15Z",
            ])
        // At its very start a window has begun.
        #expect(try starts("5/day", at: "2026-11-25T00:00Z")[0] == "2026-11-25T00:00Z")
    }

    @Test func daysOf23And25HoursAreOneWindowEach() throws {
        #expect(
            try starts("5/day in Europe/Berlin", at: "2026-03-28T12:00Z", count: 3) == [
                "2026-03-27T23:00Z", "2026-03-28T23:00Z", "2026-03-29T22:00Z",
            ])
        #expect(
            try starts("5/day in Europe/Berlin", at: "2026-10-24T12:00Z", count: 3) == [
                "2026-10-23T22:00Z", "2026-10-24T22:00Z", "2026-10-25T23:00Z",
            ])
    }

    @Test func anHourThatIsLivedTwiceIsTwoWindowsAndOneThatIsLeftOutIsNone() throws {
        #expect(
            try starts("quota 60/h in America/New_York", at: "2026-11-01T05:30Z", count: 4) == [
                "2026-11-01T05:00Z", "2026-11-01T06:00Z", "2026-11-01T07:00Z", "2026-11-01T08:00Z",
            ])
        #expect(
            try starts("quota 60/h in Europe/Berlin", at: "2026-03-29T00:30Z", count: 3) == [
                "2026-03-29T00:00Z", "2026-03-29T01:00Z", "2026-03-29T02:00Z",
            ])
        // Lord Howe Island sets its clock back by half an hour: 01:30 is shown twice, and the hour is cut in two.
        #expect(
            try starts("quota 60/h in Australia/Lord_Howe", at: "2026-04-04T14:30Z", count: 4) == [
                "2026-04-04T14:00Z", "2026-04-04T15:00Z", "2026-04-04T15:30Z", "2026-04-04T16:30Z",
            ])
    }

    @Test func severalHoursKeepToTheClockOnDaysOf23And25Hours() throws {
        // 00, 06, 12 and 18 o'clock in Berlin: five hours, then six.
        #expect(
            try starts("quota 5/6h in Europe/Berlin", at: "2026-03-28T23:30Z", count: 4) == [
                "2026-03-28T23:00Z", "2026-03-29T04:00Z", "2026-03-29T10:00Z", "2026-03-29T16:00Z",
            ])
        // Seven hours, then six.
        #expect(
            try starts("quota 5/6h in Europe/Berlin", at: "2026-10-24T22:30Z", count: 3) == [
                "2026-10-24T22:00Z", "2026-10-25T05:00Z", "2026-10-25T11:00Z",
            ])
        // Twelve windows on a day of 25 hours, in New York: the second one is three hours long.
        #expect(
            try starts("quota 5/2h in America/New_York", at: "2026-11-01T04:00Z", count: 3) == [
                "2026-11-01T04:00Z", "2026-11-01T07:00Z", "2026-11-01T09:00Z",
            ])
        #expect(
            try starts("quota 5/8h from 06:00 in Asia/Shanghai", at: "2026-11-25T00:00Z", count: 3) == [
                "2026-11-24T22:00Z", "2026-11-25T06:00Z", "2026-11-25T14:00Z",
            ])
    }

    @Test func minutesLineUpWithTheHour() throws {
        #expect(
            try starts("quota 5/15min in Asia/Kathmandu", at: "2026-11-25T00:07Z", count: 3) == [
                "2026-11-25T00:00Z", "2026-11-25T00:15Z", "2026-11-25T00:30Z",
            ])
        #expect(
            try starts("quota 5/20min in Asia/Kathmandu", at: "2026-11-25T00:07Z", count: 3) == [
                "2026-11-24T23:55Z", "2026-11-25T00:15Z", "2026-11-25T00:35Z",
            ])
        // Where a zone's offset was no whole minute, hours still follow its clock.
        let early = try starts("quota 5/h in Africa/Monrovia", at: "1971-06-01T00:30Z", count: 2)
        #expect(early == ["1971-05-31T23:44:30Z", "1971-06-01T00:44:30Z"])
    }

    @Test func monthsBeginAtTheAnchorOrAtTheirEnd() throws {
        #expect(
            try starts("5/month from 31", at: "2026-02-10T00:00Z", count: 5) == [
                "2026-01-31T00:00Z", "2026-02-28T00:00Z", "2026-03-31T00:00Z", "2026-04-30T00:00Z",
                "2026-05-31T00:00Z",
            ])
        #expect(
            try starts("5/month from 29", at: "2028-02-10T00:00Z", count: 3) == [
                "2028-01-29T00:00Z", "2028-02-29T00:00Z", "2028-03-29T00:00Z",
            ])
        #expect(
            try starts("5/month in Europe/Berlin", at: "2026-10-31T22:59Z", count: 3) == [
                "2026-09-30T22:00Z", "2026-10-31T23:00Z", "2026-11-30T23:00Z",
            ])
        #expect(try starts("5/month from 15", at: "2026-01-01T00:00Z", count: 1) == ["2025-12-15T00:00Z"])
    }

    @Test func weeksQuartersAndYearsBeginWhereTheyAreToldTo() throws {
        // 25 November 2026 is a Wednesday.
        #expect(try starts("5/week", at: "2026-11-25T12:00Z", count: 2) == ["2026-11-23T00:00Z", "2026-11-30T00:00Z"])
        #expect(
            try starts("5/week from sunday in America/New_York", at: "2026-11-25T12:00Z", count: 2) == [
                "2026-11-22T05:00Z", "2026-11-29T05:00Z",
            ])
        #expect(
            try starts("5/quarter", at: "2026-11-25T12:00Z", count: 3) == [
                "2026-10-01T00:00Z", "2027-01-01T00:00Z", "2027-04-01T00:00Z",
            ])
        #expect(
            try starts("5/quarter from 02-01", at: "2026-01-25T12:00Z", count: 3) == [
                "2025-11-01T00:00Z", "2026-02-01T00:00Z", "2026-05-01T00:00Z",
            ])
        #expect(
            try starts("5/year from 04-06 in Europe/London", at: "2026-04-05T12:00Z", count: 3) == [
                "2025-04-05T23:00Z", "2026-04-05T23:00Z", "2027-04-05T23:00Z",
            ])
        #expect(
            try starts("5/year from 02-29", at: "2026-11-25T12:00Z", count: 3) == [
                "2026-02-28T00:00Z", "2027-02-28T00:00Z", "2028-02-29T00:00Z",
            ])
        #expect(
            try starts("5/year", at: "2026-12-31T23:59:59Z", count: 2) == ["2026-01-01T00:00Z", "2027-01-01T00:00Z"])
        #expect(
            try starts("5/day from 06:00", at: "2026-11-25T05:59Z", count: 2) == [
                "2026-11-24T06:00Z", "2026-11-25T06:00Z",
            ])
    }

    @Test func aZoneWhoseRulesChangedHasItsRulesOfThatTime() throws {
        // São Paulo went to summer time at midnight, so that the day began at one; since 2019 it does not.
        #expect(
            try starts("5/day in America/Sao_Paulo", at: "2018-11-04T12:00Z", count: 2) == [
                "2018-11-04T03:00Z", "2018-11-05T02:00Z",
            ])
        #expect(
            try starts("5/day in America/Sao_Paulo", at: "2026-11-01T12:00Z", count: 2) == [
                "2026-11-01T03:00Z", "2026-11-02T03:00Z",
            ])
        // Samoa left out 30 December 2011.
        #expect(
            try starts("5/day in Pacific/Apia", at: "2011-12-29T12:00Z", count: 3) == [
                "2011-12-29T10:00Z", "2011-12-30T10:00Z", "2011-12-31T10:00Z",
            ])
    }

    /// Whatever the rule, the zone and the time: windows follow each other without a gap, and the first holds the instant.
    @Test(arguments: [
        "5/day", "5/week from friday", "5/month from 31", "5/quarter", "5/year from 02-29", "quota 5/h",
        "quota 5/12min",
        "quota 5/4h", "quota 5/12h from 06:00",
    ])
    func windowsFollowEachOther(_ rule: String) throws {
        for zone in ["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo"] {
            let almanac = ZoneAlmanac(zone: zone)
            let policy = try Policy([PolicySource(name: "p", text: rule)], almanac: almanac)
            let calendar = CompiledPolicy(policy, namespace: Hash128(low: 1, high: 2)).calendar[0]
            // Every 23.7 days over five years, so that most changes of the clock are met.
            for step in 0..<80 {
                let wall = instant("2009-06-01T00:00Z") + Int64(step) * 2_047_680_000_000
                let boundaries = almanac.timeline(calendar, at: wall).boundaries
                #expect(boundaries[0] <= wall && wall < boundaries[1], "\(rule) in \(zone) at \(text(wall))")
                #expect(boundaries.count == Timeline.maximumParts + 1)
                // Asked again in the midst of a later window, the same windows are found.
                let middle = (boundaries[3] + boundaries[4]) / 2
                let later = almanac.timeline(calendar, at: middle).boundaries
                #expect(later[0] == boundaries[3], "\(rule) in \(zone) at \(text(middle))")
                #expect(later.prefix(20) == boundaries[3...].prefix(20))
            }
        }
    }
}

import Foundation
import Testing
import WeirBilling
import WeirCalendar
import WeirTestSupport

/// Periods of subscriptions as instants, against those of Python's zoneinfo (`Tests/Model/billing/periods.py`).
@Suite struct PeriodTests {
    let calendar = PeriodCalendar()

    struct Row {
        let period: Period
        let start: Int64
        let boundaries: [Int64]
    }

    static func rows() throws -> [Row] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Model/billing/periods.txt")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
            line in
            let fields = line.split(separator: "|")
            let words = fields[0].split(separator: " ").map(String.init)
            return try Row(
                period: Period(
                    every: #require(Int(words[0])), #require(PeriodUnit(rawValue: words[1])),
                    from: #require(PeriodAnchor(words[3])), in: words[5]),
                start: #require(Int64(fields[1])),
                boundaries: fields[2].split(separator: " ").map { try #require(Int64($0)) })
        }
    }

    @Test func theyBeginAndEndWherePythonSays() throws {
        let rows = try Self.rows()
        #expect(rows.count > 700)
        for row in rows {
            var last: PeriodSpan?
            for (start, end) in zip(row.boundaries, row.boundaries.dropFirst()) {
                let first = max(start, row.start)
                for instant in [first, (first + end) / 2, end - 1] {
                    let span = try calendar.span(of: row.period, since: row.start, holding: instant)
                    #expect(
                        (span.start, span.end, span.wholeStart) == (first, end, start),
                        "\(row.period) since \(row.start) at \(instant)")
                    if let last, last.end != span.end {
                        #expect(last.end == span.start && last.number < span.number)
                    } else {
                        #expect(span.number == last?.number ?? 1)
                    }
                    last = span
                }
            }
        }
    }

    @Test(arguments: 1...2)
    func everySecondIsInOnePeriod(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        for row in try Self.rows().shuffled(using: &random).prefix(150) {
            let instant = row.start + Int64.random(in: 0...400_000_000, using: &random)
            let span = try calendar.span(of: row.period, since: row.start, holding: instant)
            #expect((span.start..<span.end).contains(instant))
            #expect(span.wholeStart <= span.start && span.number >= 1)
            #expect(try calendar.span(of: row.period, since: row.start, holding: span.start) == span)
            #expect(try calendar.span(of: row.period, since: row.start, holding: span.end).start == span.end)
        }
    }

    private func starts(_ period: Period, _ start: String, count: Int) throws -> [String] {
        let begin = instant(start) / 1_000_000
        var at = begin
        return try (0..<count).map { _ in
            let span = try calendar.span(of: period, since: begin, holding: at)
            at = span.end
            return text(span.end * 1_000_000)
        }
    }

    @Test func aMonthFromThe31stEndsOnTheLastDayAndComesBack() throws {
        #expect(
            try starts(Period(.month), "2027-12-31T10:00Z", count: 4) == [
                "2028-01-31T10:00Z", "2028-02-29T10:00Z", "2028-03-31T10:00Z", "2028-04-30T10:00Z",
            ])
        #expect(
            try starts(Period(.month, from: .day(31), in: "Asia/Shanghai"), "2026-02-10T00:00Z", count: 3) == [
                "2026-02-27T16:00Z", "2026-03-30T16:00Z", "2026-04-29T16:00Z",
            ])
    }

    @Test func aFirstPeriodIsShortAndItsFeeAndQuotaAreParts() throws {
        let begin = instant("2026-04-21T00:00Z") / 1_000_000
        let span = try calendar.span(of: Period(.month, from: .day(1)), since: begin, holding: begin)
        let fee = try span.prorated(Money("30 USD"))
        #expect(try fee.share(from: span.start, to: span.end) == ExactAmount(Money("10 USD")))
        #expect(span.share(of: 1_000, from: span.start) == 334)
        #expect(span.share(of: .max, from: span.wholeStart) == .max)
        #expect(span.share(of: 1_000, from: span.end) == 0)
    }

    @Test func aDayWithAnHourMoreOrLessIsOnePeriod() throws {
        let berlin = try Period(.day, from: .time(hour: 0, minute: 0), in: "Europe/Berlin")
        for (day, hours) in [("2026-03-29T12:00Z", 23), ("2026-10-25T12:00Z", 25), ("2026-06-01T12:00Z", 24)]
            as [(String, Int64)]
        {
            let at = instant(day) / 1_000_000
            let span = try calendar.span(of: berlin, since: at - 86_400, holding: at)
            #expect((span.end - span.start) == hours * 3_600)
        }
    }

    @Test func aContractThatMovesToAnotherZoneHasNoGap() throws {
        let (berlin, shanghai) = ("Europe/Berlin", "Asia/Shanghai")
        let start = instant("2026-03-31T22:00Z") / 1_000_000
        let last = try calendar.span(of: Period(.month, from: .day(1), in: berlin), since: start, holding: start)
        let next = try calendar.span(
            of: Period(.month, from: .day(1), in: shanghai), since: last.end, holding: last.end)
        #expect(next.start == last.end && text(next.end * 1_000_000) == "2026-05-31T16:00Z")
        #expect(next.end - next.start == (31 * 24 - 6) * 3_600)
    }

    @Test func whatIsNoTimeOrZoneIsRefused() throws {
        let month = try Period(.month, in: "Europe/Berlni")
        #expect(throws: BillingError.self) { try calendar.span(of: month, since: 0, holding: 0) }
        #expect(calendar.knows(zone: "Asia/Shanghai") && !calendar.knows(zone: "Europe/Berlni"))
        let utc = try Period(.year)
        for (start, at) in [(5, 4), (-1, 4), (0, .max), (.min, .max), (253_402_300_800, 253_402_300_800)]
            as [(Int64, Int64)]
        {
            #expect(throws: BillingError.self) { try calendar.span(of: utc, since: start, holding: at) }
        }
        #expect(try calendar.span(of: utc, since: 0, holding: 253_402_300_799).number == 8_030)
    }
}

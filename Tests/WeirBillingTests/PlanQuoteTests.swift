import Foundation
import Testing
import WeirBilling
import WeirCalendar
import WeirTestSupport

/// What usage would cost under a plan, and for whom that changes.
@Suite struct PlanQuoteTests {
    let clock = PeriodCalendar()
    let april: Range<Int64>

    init() throws { april = try time("2026-04-01T00:00:00Z")..<time("2026-05-01T00:00:00Z") }

    private func hours(_ units: Int64, _ meter: String = "calls", each: Int64 = 30) -> [PeriodUsage.Hour] {
        // Spread over the month, the rest in the first hour.
        (0..<each).map { hour in
            let start = april.lowerBound + hour * ((april.upperBound - april.lowerBound) / each)
            return PeriodUsage.Hour(start: start, meter: meter, units: units / each + (hour == 0 ? units % each : 0))
        }
    }

    private func quote(_ text: String, _ hours: [PeriodUsage.Hour], _ consumer: String = "con_1") throws -> PlanQuote {
        let plan = try PlanText.parse(text).plan
        return try PlanQuote(
            consumer, under: plan, PeriodUsage.split(hours, of: april, by: plan, since: april.lowerBound, clock: clock))
    }

    @Test func aSubscriptionCostsItsFeeAndWhatIsBeyondItsQuota() throws {
        let text = PlanTexts.subscription + "grant 1000 calls\nwhen used up: charge\nprice calls per unit 0.01\n"
        let quote = try quote(text, hours(1_500))
        #expect(try quote.total == Money("10 USD") && quote.fees == Money("5 USD"))
        #expect(quote.meters.map { [$0.units, $0.granted, $0.charged, $0.denied] } == [[1_500, 1_000, 500, 0]])
        #expect(!quote.denied && quote.purchases == 0)
    }

    @Test func whatAQuotaDeniesIsNotCharged() throws {
        let quote = try quote(PlanTexts.subscription + "grant 1000 calls\n", hours(1_500))
        #expect(try quote.total == Money("5 USD") && quote.denied)
        #expect(quote.meters.map(\.denied) == [500])
        let capped = try self.quote(
            PlanTexts.subscription + "grant 1000 calls\nwhen used up: charge to 2.00\nprice calls per unit 0.01\n",
            hours(1_500))
        #expect(try capped.total == Money("7 USD") && capped.meters[0].charged == 200 && capped.meters[0].denied == 300)
    }

    @Test func quotasOfDaysAreLookedAtByTheDay() throws {
        let text =
            PlanTexts.subscription.replacing("period month", with: "period day from 00:00").replacing(
                "5.00", with: "0.10") + "grant 10 calls\n"
        // 20 calls on each of 30 days.
        let quote = try quote(text, hours(600))
        #expect(try quote.total == Money("3 USD") && quote.meters[0].granted == 300 && quote.meters[0].denied == 300)
    }

    @Test func whoSignsUpInTheMonthPaysFromThenOn() throws {
        let plan = try PlanText.parse(PlanTexts.subscription.replacing("5.00", with: "30.00")).plan
        let signup = april.lowerBound + 10 * 86_400
        let periods = try PeriodUsage.split(hours(300), of: april, by: plan, since: signup, clock: clock)
        #expect(try PlanQuote("c", under: plan, periods).total == Money("20 USD"))
        #expect(periods.map(\.units) == [["calls": 200]])
        #expect(try PeriodUsage.split(hours(300), of: april, by: plan, since: april.upperBound, clock: clock).isEmpty)
    }

    @Test func aYearsFeeIsTakenForTheMonth() throws {
        let text =
            PlanTexts.subscription.replacing("period month", with: "period year from 01-01").replacing(
                "5.00", with: "365.00") + "grant 365 calls\n"
        let quote = try quote(text, hours(60))
        #expect(try quote.total == Money("30 USD") && quote.meters[0].granted == 30 && quote.meters[0].denied == 30)
    }

    @Test func asManyPackagesAreBoughtAsItTakes() throws {
        #expect(try quote(PlanTexts.package, hours(2_001)).purchases == 3)
        #expect(try quote(PlanTexts.package, hours(2_001)).total == Money("15 USD"))
        #expect(try quote(PlanTexts.package, hours(0)).total == Money("0 USD"))
        let charged = PlanTexts.package + "when used up: charge\nprice calls per unit 0.01\n"
        #expect(try quote(charged, hours(2_001)).total == Money("15.01 USD"))
        let capped = PlanTexts.package + "when used up: charge to 2.00\nprice calls per unit 0.01\n"
        // One package and two dollars are 1,200 calls; the second is needed.
        #expect(try quote(capped, hours(1_200)).purchases == 1 && quote(capped, hours(1_201)).purchases == 2)
        #expect(try quote(PlanTexts.package, hours(5, "other")).total.nano == 0)
        #expect(
            try quote(PlanTexts.package + "price other per unit 1.00\ngrant 3.00 USD\n", hours(5, "other")).total
                == Money("7 USD"))
    }

    @Test func payAsYouGoCostsWhatIsUsed() throws {
        let quote = try quote(
            PlanTexts.payg + "price bytes_out per unit 0.09 per 1GB\ngrant 1.00 USD\n",
            hours(250) + hours(10_000_000_000, "bytes_out"))
        #expect(try quote.total == Money("3.40 USD") && quote.meters.map(\.meter) == ["bytes_out", "calls"])
        #expect(try quote.meters.map(\.amount) == [Money("0.9 USD"), Money("2.5 USD")])
    }

    @Test func whatIsBeyondACreditLimitIsSaid() throws {
        let quote = try quote(PlanTexts.postpaid, hours(12_345))
        #expect(try quote.total == Money("123.45 USD") && quote.beyondLimit == Money("23.45 USD"))
        #expect(try self.quote(PlanTexts.postpaid, hours(10_000)).beyondLimit == nil)
        // A minimum is due without any usage.
        #expect(
            try self.quote(PlanTexts.postpaid.replacing("0.01", with: "0.01 minimum 5.00"), []).total == Money("5 USD"))
    }

    @Test func moneyThatIsGrantedPaysForUsageAndNoMore() throws {
        let text = PlanTexts.subscription + "grant 3.00 USD\nprice calls per unit 0.01\n"
        #expect(
            try quote(text, hours(100)).total == Money("5 USD") && quote(text, hours(100)).granted == Money("1 USD"))
        #expect(try quote(text, hours(1_000)).total == Money("12 USD"))
    }

    @Test(arguments: 1...3)
    func whatIsQuotedIsWhatWouldBeInvoiced(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        let dollars = try Currency("USD")
        for fields in try Vectors.lines("rate").shuffled(using: &random).prefix(60) {
            let price = PlanText.print(try PriceText.model(fields[1], dollars), of: "calls")
            let text = PlanTexts.postpaid.replacing("per unit 0.01", with: price)
            let units = Int64.random(in: 0...3_000_000, using: &random)
            guard let plan = reading(text).plan, let quote = try? quote(text, hours(units)) else { continue }
            var draft = InvoiceDraft(dollars)
            let contract = Contract(
                subscription: "s", number: 1, start: april.lowerBound, end: april.upperBound,
                wholeStart: april.lowerBound, isTrial: false)
            try draft.addUsage(contract, plan, "calls", units: units)
            // A minimum is a line of its own on an invoice, so that two amounts are rounded there.
            let invoiced = draft.lines.reduce(0) { $0 + $1.amount.nano }
            #expect((quote.total.nano - invoiced).magnitude <= dollars.nanosPerMinorUnit, "\(price): \(units)")
        }
    }

    @Test func theComparisonSaysForWhomItChanges() throws {
        let new = PlanTexts.package.replacing("plan p", with: "plan new")
        let old = PlanTexts.payg
        let usage: [(String, Int64)] = [("con_small", 10), ("con_even", 500), ("con_large", 3_000), ("con_none", 0)]
        let before = try usage.dropLast().map { try quote(old, hours($1), $0) }
        let after = try usage.map { try quote(new, hours($1), $0) }
        let comparison = try PlanComparison(before: before, after: after, Currency("USD"))
        #expect(
            comparison.text == """
                consumer     now   then  change USD
                con_large  30.00  15.00      -15.00  3 bought
                con_small   0.10   5.00       +4.90  1 bought
                con_even    5.00   5.00        0.00  1 bought
                con_none           0.00        0.00
                all        35.10  25.00      -10.10

                1 would pay more, 1 less, 2 the same; 0 would be denied calls that they make now

                """)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(comparison.json.text.utf8)) as? [String: Any])
        #expect(object["more"] as? Int == 1 && object["after"] as? String == "25.00")
        let rows = try #require(object["consumers"] as? [[String: Any]])
        #expect(rows.count == 4 && rows[0]["change"] as? String == "-15.00" && rows[3]["before"] is NSNull)
        let yuan = try quote(new.replacing("USD", with: "CNY"), hours(5))
        #expect(throws: BillingError.self) { try PlanComparison(before: before, after: [yuan], Currency("USD")) }
    }

    @Test func hoursBelongToThePeriodInWhichTheyBegin() throws {
        let plan = try PlanText.parse(
            PlanTexts.subscription.replacing("period month", with: "period day from 00:00 in Asia/Kathmandu")
        ).plan
        let window = try time("2026-04-01T00:00:00Z")..<time("2026-04-03T00:00:00Z")
        let hours = try [
            "2026-03-31T23:00:00Z", "2026-04-01T18:00:00Z", "2026-04-01T19:00:00Z", "2026-04-03T00:00:00Z",
        ].map {
            PeriodUsage.Hour(start: try time($0), meter: "calls", units: 1)
        }
        let periods = try PeriodUsage.split(
            hours.reversed(), of: window, by: plan, since: window.lowerBound, clock: clock)
        // Midnight is at 18:15 UTC.
        #expect(periods.map { $0.units["calls"] ?? 0 } == [1, 1, 0])
        #expect(
            try periods.map(\.to) == [time("2026-04-01T18:15:00Z"), time("2026-04-02T18:15:00Z"), window.upperBound])
        let century = window.lowerBound..<window.lowerBound + 3_000_000_000
        #expect(throws: BillingError.self) { try PeriodUsage.split([], of: century, by: plan, since: 0, clock: clock) }
        let wrong = PeriodUsage.Hour(start: window.lowerBound, meter: "calls", units: -1)
        #expect(throws: BillingError.self) {
            try PeriodUsage.split([wrong], of: window, by: plan, since: 0, clock: clock)
        }
        let most = PeriodUsage.Hour(start: window.lowerBound, meter: "calls", units: .max)
        #expect(throws: BillingError.self) {
            try PeriodUsage.split([most, most], of: window, by: plan, since: 0, clock: clock)
        }
    }
}

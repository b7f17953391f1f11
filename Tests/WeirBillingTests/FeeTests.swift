import Testing
import WeirBilling
import WeirTestSupport

@Suite struct FeeTests {
    let fee: Money
    let dollars: Currency

    init() throws {
        fee = try Money("10 USD")
        dollars = fee.currency
    }

    /// Periods in seconds since 1970, with their lengths; the instants are those of the zone's calendar.
    static let periods: [(name: String, start: Int64, end: Int64, hours: Int64)] = [
        ("January 2026, UTC", 1_767_225_600, 1_769_904_000, 31 * 24),
        ("February 2026, UTC", 1_769_904_000, 1_772_323_200, 28 * 24),
        ("February 2028, a leap year, UTC", 1_832_976_000, 1_835_481_600, 29 * 24),
        ("2028, UTC", 1_830_297_600, 1_861_920_000, 366 * 24),
        ("March 2026, Berlin, clocks go forward", 1_772_319_600, 1_774_994_400, 31 * 24 - 1),
        ("October 2026, Berlin, clocks go back", 1_790_805_600, 1_793_487_600, 31 * 24 + 1),
        ("31 January to 29 February 2028, UTC", 1_832_889_600, 1_835_395_200, 29 * 24),
        ("May 2026, of a contract that moves from Berlin to Shanghai", 1_777_586_400, 1_780_243_200, 31 * 24 - 6),
    ]

    @Test(arguments: periods)
    func everyHourOfAPeriodIsWorthTheSame(_ period: (name: String, start: Int64, end: Int64, hours: Int64)) throws {
        #expect((period.end - period.start) / 3_600 == period.hours)
        let whole = try ProratedFee(fee, from: period.start, to: period.end)
        let hour = try whole.share(from: period.start, to: period.start + 3_600)
        #expect(try hour == ExactAmount(numerator: Int128(fee.nano), denominator: period.hours, dollars))
        #expect(try whole.share(from: period.end - 3_600, to: period.end) == hour)
        #expect(try whole.share(from: period.start, to: period.end) == ExactAmount(fee))
        #expect(try whole.share(from: period.end, to: period.end).isZero)
    }

    @Test(arguments: 1...3)
    func partsOfAPeriodAddUpToTheFee(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        for period in Self.periods {
            for amount in [1, 9_990_000_000, Int64.max] {
                let whole = try ProratedFee(Money(nano: amount, dollars), from: period.start, to: period.end)
                let cuts = (0..<20).map { _ in Int64.random(in: period.start...period.end, using: &random) }.sorted()
                var sum = ExactAmount.zero(dollars)
                for (from, to) in zip([period.start] + cuts, cuts + [period.end]) {
                    sum = try sum.adding(whole.share(from: from, to: to))
                }
                #expect(sum == ExactAmount(whole.fee))
            }
        }
    }

    @Test func anUpgradeInMidPeriodCostsTheDifferenceForTheRest() throws {
        // 30 days; after ten of them from 30 to 90 dollars: 20 back, 60 more.
        let start: Int64 = 1_775_001_600
        let end = start + 30 * 86_400
        let change = try FeeChange(
            from: ProratedFee(Money("30 USD"), from: start, to: end),
            to: ProratedFee(Money("90 USD"), from: start, to: end),
            at: start + 10 * 86_400)
        #expect(try change.credit == ExactAmount(Money("-20 USD")))
        #expect(try change.charge == ExactAmount(Money("60 USD")))
        #expect(try change.net() == ExactAmount(Money("40 USD")))
    }

    @Test func aDowngradeGivesBack() throws {
        let change = try FeeChange(
            from: ProratedFee(Money("90 USD"), from: 0, to: 100), to: ProratedFee(Money("30 USD"), from: 0, to: 100),
            at: 75)
        #expect(try change.net() == ExactAmount(Money("-15 USD")))
    }

    @Test func aChangeThatMovesTheBillingDayChargesTheNewPeriodWhole() throws {
        let change = try FeeChange(
            from: ProratedFee(Money("30 USD"), from: 0, to: 100),
            to: ProratedFee(Money("300 USD"), from: 40, to: 1_240), at: 40)
        #expect(try change.credit == ExactAmount(Money("-18 USD")))
        #expect(try change.charge == ExactAmount(Money("300 USD")))
    }

    @Test func aCancellationGivesBackTheRest() throws {
        let old = try ProratedFee(fee, from: 0, to: 3)
        #expect(
            try FeeChange(from: old, to: nil, at: 1).net()
                == ExactAmount(numerator: -20_000_000_000, denominator: 3, dollars))
        #expect(try FeeChange(from: old, to: nil, at: 0).net() == ExactAmount(fee.negated()))
        #expect(try FeeChange(from: old, to: nil, at: 3).net().isZero)
    }

    @Test(arguments: 1...4)
    func anyNumberOfChangesChargesEachSecondByItsFee(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        for period in Self.periods {
            var current = try ProratedFee(fee, from: period.start, to: period.end)
            var paid = ExactAmount(fee)
            var used = ExactAmount.zero(dollars)
            var from = period.start
            for to in (0..<8).map({ _ in Int64.random(in: period.start...period.end, using: &random) }).sorted() {
                let next = try ProratedFee(
                    Money(nano: .random(in: 0...99_000_000_000, using: &random), dollars), from: period.start,
                    to: period.end)
                paid = try paid.adding(FeeChange(from: current, to: next, at: to).net())
                used = try used.adding(current.share(from: from, to: to))
                (current, from) = (next, to)
            }
            #expect(try paid == used.adding(current.share(from: from, to: period.end)))
        }
    }

    @Test func whatIsNoPeriodOrNoPartOfItIsRefused() throws {
        #expect(
            refusal { () throws(BillingError) in try ProratedFee(fee, from: 5, to: 5) }
                == "period: expected an end after its start, in seconds since 1970, found 5 to 5; check the plan's period and zone"
        )
        #expect(throws: BillingError.self) { try ProratedFee(fee, from: .min, to: .max) }
        #expect(throws: BillingError.self) { try ProratedFee(fee.negated(), from: 0, to: 5) }
        let period = try ProratedFee(fee, from: 0, to: 10)
        for (from, to) in [(-1, 5), (5, 11), (6, 5), (.min, .max)] as [(Int64, Int64)] {
            #expect(
                refusal { () throws(BillingError) in try period.share(from: from, to: to) }.hasPrefix(
                    "span: expected a part of the period"))
        }
        let later = try ProratedFee(fee, from: 6, to: 20)
        #expect(
            refusal { () throws(BillingError) in try FeeChange(from: period, to: nil, at: 11) }.hasPrefix(
                "instant: expected one from 0 to 10"))
        #expect(
            refusal { () throws(BillingError) in try FeeChange(from: period, to: later, at: 5) }.hasPrefix(
                "new.period: expected one that"))
        let yen = try ProratedFee(Money("10 JPY"), from: 0, to: 10)
        #expect(
            refusal { () throws(BillingError) in try FeeChange(from: period, to: yen, at: 5) }.hasPrefix(
                "new.fee: expected an amount in USD"))
    }
}

import Testing
import WeirBilling
import WeirTestSupport

@Suite struct MoneyTests {
    let dollars: Currency
    let yen: Currency

    init() throws {
        dollars = try Currency("USD")
        yen = try Currency("JPY")
    }

    @Test(
        arguments: [
            ("12.50 USD", 12_500_000_000, "12.50 USD"), ("0.0005 USD", 500_000, "0.0005 USD"),
            ("-3 USD", -3_000_000_000, "-3.00 USD"),
            ("0.000000001 USD", 1, "0.000000001 USD"), ("1500 JPY", 1_500_000_000_000, "1500 JPY"),
            ("0.5 JPY", 500_000_000, "0.5 JPY"),
            ("1.25 KWD", 1_250_000_000, "1.250 KWD"), ("-0 USD", 0, "0.00 USD"),
            ("007.10 USD", 7_100_000_000, "7.10 USD"),
            ("9223372036.854775807 USD", Int64.max, "9223372036.854775807 USD"),
            ("-9223372036.854775808 USD", Int64.min, "-9223372036.854775808 USD"),
        ] as [(String, Int64, String)])
    func anAmountIsReadAndWritten(_ text: String, _ nano: Int64, _ written: String) throws {
        let money = try Money(text)
        #expect(money.nano == nano)
        #expect("\(money)" == written)
        #expect(try Money(written) == money)
    }

    @Test(arguments: 1...4)
    func everyAmountReadsAsItIsWritten(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        let currencies = try ["USD", "JPY", "KWD", "CLF"].map { code in try Currency(code) }
        for _ in 0..<500 {
            let nano = Int64(truncatingIfNeeded: random.next()) >> Int64.random(in: 0..<64, using: &random)
            let money = Money(nano: nano, try #require(currencies.randomElement(using: &random)))
            #expect(try Money("\(money)") == money)
        }
    }

    @Test(arguments: [
        "", " ", "12.50", "USD", "12.50USD", "12.50  USD", " 12.50 USD", "12.50 USD ", "1,000.00 USD", ".5 USD",
        "5. USD", "+5 USD",
        "--5 USD", "1e3 USD", "1.0000000001 USD", "1.2.3 USD", "0x10 USD", "٣ USD", "NaN USD", "- USD", "5 USD USD",
        "5\u{0} USD",
        "9223372036.854775808 USD", "-9223372036.854775809 USD", "5 usd", "5 XXX",
        String(repeating: "9", count: 60) + " USD", String(repeating: "0", count: 100_000) + "1 USD",
    ])
    func whatIsNoAmountIsRefused(_ text: String) {
        #expect(throws: BillingError.self) { try Money(text) }
    }

    @Test func refusalsSayWhatToWrite() {
        #expect(
            refusal { () throws(BillingError) in try Money("1,000.00 USD") }
                == "amount: expected digits, a point where needed with one to nine digits behind it, a space and a currency, found \"1,000.00\"; write it as 12.50 USD"
        )
        #expect(
            refusal { () throws(BillingError) in try Money("9223372036.854775808 USD") }
                == "amount: expected an amount from -9223372036.854775808 USD to 9223372036.854775807 USD, found one beyond; use smaller amounts or units"
        )
    }

    @Test func sumsThatDoNotFitAreRefused() throws {
        let most = Money(nano: .max, dollars)
        let least = Money(nano: .min, dollars)
        let one = Money(nano: 1, dollars)
        #expect(throws: BillingError.self) { try most.adding(one) }
        #expect(throws: BillingError.self) { try least.subtracting(one) }
        #expect(throws: BillingError.self) { try least.negated() }
        #expect(throws: BillingError.self) { try Money(minor: Int64.max / 1_000, dollars) }
        #expect(try most.subtracting(one).nano == Int64.max - 1)
        #expect(try most.negated().nano == -Int64.max)
    }

    @Test func currenciesDoNotMix() throws {
        let (dollar, yen) = (Money(nano: 1, dollars), Money(nano: 1, yen))
        let message = "amount: expected an amount in USD, found one in JPY; use one currency; Weir does not convert"
        #expect(refusal { () throws(BillingError) in try dollar.adding(yen) } == message)
        #expect(refusal { () throws(BillingError) in try dollar.subtracting(yen) } == message)
        #expect(refusal { () throws(BillingError) in try dollar.isLess(than: yen) } == message)
        #expect(refusal { () throws(BillingError) in try ExactAmount(dollar).adding(ExactAmount(yen)) } == message)
        #expect(
            refusal { () throws(BillingError) in try ExactAmount(dollar).isLess(than: ExactAmount(yen)) } == message)
        #expect(dollar != yen)
    }

    @Test func minorUnitsAreThoseOfTheCurrency() throws {
        #expect(try Money(minor: 1_250, dollars) == Money("12.50 USD"))
        #expect(try Money(minor: 1_250, yen) == Money("1250 JPY"))
        #expect(try Money("12.50 USD").minor == 1_250)
        #expect(try Money("12.505 USD").minor == nil)
    }

    @Test(
        arguments: [
            (100, [1, 1, 1], [34, 33, 33]), (-100, [1, 1, 1], [-34, -33, -33]), (10, [0, 5, 0], [0, 10, 0]),
            (0, [1, 2], [0, 0]),
            (5, [1, 2, 1], [1, 3, 1]), (101, [50, 50], [51, 50]), (7, [3, 1, 3], [3, 1, 3]),
        ] as [(Int64, [Int64], [Int64])])
    func splitsGoToTheLargestFractionsAndThenToTheFirst(_ nano: Int64, _ weights: [Int64], _ parts: [Int64]) throws {
        #expect(try Money(nano: nano, dollars).split(by: weights).map(\.nano) == parts)
    }

    @Test(arguments: 1...4)
    func partsOfASplitAddUp(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        for _ in 0..<300 {
            let money = Money(nano: Int64(truncatingIfNeeded: random.next()), dollars)
            let weights = (0..<Int.random(in: 1...20, using: &random)).map { _ in Int64(random.next() >> 1) }
            #expect(try money.split(by: weights).reduce(0) { $0 + Int128($1.nano) } == Int128(money.nano))
        }
        #expect(try Money(nano: .min, dollars).split(by: [.max, .max]).map(\.nano) == [.min / 2, .min / 2])
    }

    @Test(arguments: [[], [0, 0], [1, -1]] as [[Int64]])
    func aSplitWithoutWeightIsRefused(_ weights: [Int64]) {
        #expect(throws: BillingError.self) { try Money(nano: 1, dollars).split(by: weights) }
    }

    @Test(
        arguments: [
            ("12.5%", 125_000, "12.5%"), ("0%", 0, "0%"), ("100%", 1_000_000, "100%"), ("0.0001%", 1, "0.0001%"),
        ] as [(String, Int, String)])
    func aPercentageIsReadAndWritten(_ text: String, _ parts: Int, _ written: String) throws {
        #expect(try Percentage(text).partsPerMillion == parts)
        #expect("\(try Percentage(text))" == written)
    }

    @Test(arguments: [
        "", "%", "12.5", "101%", "100.0001%", "-1%", "+1%", "1.%", ".5%", "0.00001%", "1.-1%", "12\u{600}%", "-0.5%",
        "99999999999999999999%", "5 %",
    ])
    func whatIsNoPercentageIsRefused(_ text: String) {
        #expect(throws: BillingError.self) { try Percentage(text) }
    }

    @Test func aPercentageBeyondTheWholeIsRefusedWithIt() {
        let message = "percentage: expected 0% to 100%, found 100.5%; use at most 100%"
        #expect(refusal { () throws(BillingError) in try Percentage("100.5%") } == message)
        #expect(refusal { () throws(BillingError) in try Percentage(partsPerMillion: 1_005_000) } == message)
        #expect(throws: BillingError.self) { try Percentage(partsPerMillion: .min) }
    }
}

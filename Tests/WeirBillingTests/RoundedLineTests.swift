import Testing
import WeirBilling
import WeirTestSupport

@Suite struct RoundedLineTests {
    let dollars: Currency

    init() throws { dollars = try Currency("USD") }

    @Test(arguments: [
        ("0.005 USD", "0.01 USD", "-0.005 USD"), ("-0.005 USD", "-0.01 USD", "0.005 USD"),
        ("0.004999999 USD", "0 USD", "0.004999999 USD"),
        ("0.015 USD", "0.02 USD", "-0.005 USD"), ("0.025 USD", "0.03 USD", "-0.005 USD"),
        ("1.23 USD", "1.23 USD", "0 USD"),
        ("0.5 JPY", "1 JPY", "-0.5 JPY"), ("1.4999 JPY", "1 JPY", "0.4999 JPY"),
        ("0.0005 KWD", "0.001 KWD", "-0.0005 KWD"),
        ("0.00005 CLF", "0.0001 CLF", "-0.00005 CLF"),
    ])
    func aLineIsRoundedHalfAwayFromZeroAndTheRestCarried(_ exact: String, _ amount: String, _ carry: String) throws {
        let line = try RoundedLine(ExactAmount(Money(exact)))
        #expect(line.amount == (try Money(amount)))
        #expect(line.carry == ExactAmount(try Money(carry)))
        #expect(line.amount.minor != nil)
    }

    @Test func threePeriodsOfAThirdOfACentMakeACent() throws {
        let third = try ExactAmount(numerator: 10_000_000, denominator: 3, dollars)
        var carry: ExactAmount?
        var lines: [Int64?] = []
        for _ in 0..<6 {
            let line = try RoundedLine(third, carriedIn: carry)
            lines.append(line.amount.minor)
            carry = line.carry
        }
        // 1/3, 2/3 → 1 and -1/3, 0: the cent comes when more than half of it is due.
        #expect(lines == [0, 1, 0, 0, 1, 0])
        #expect(carry?.isZero == true)
    }

    @Test(arguments: 1...5)
    func linesDifferFromTheExactSumByHalfAMinorUnitAtMost(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        for code in ["USD", "JPY", "KWD", "CLF"] {
            let currency = try Currency(code)
            var (exact, invoiced) = (ExactAmount.zero(currency), Money.zero(currency))
            var carry: ExactAmount?
            for _ in 0..<200 {
                let denominator: Int64 = [1, 3, 1_000, 2_592_000].randomElement(using: &random) ?? 1
                let amount = try ExactAmount(
                    numerator: Int128.random(in: -1_000_000_000_000...9_000_000_000_000, using: &random),
                    denominator: denominator,
                    currency)
                let line = try RoundedLine(amount, carriedIn: carry)
                carry = line.carry
                exact = try exact.adding(amount)
                invoiced = try invoiced.adding(line.amount)
                #expect(try exact.subtracting(ExactAmount(invoiced)) == line.carry)
                #expect(line.carry.whole.nano.magnitude <= currency.nanosPerMinorUnit / 2)
            }
        }
    }

    @Test func aCarryWhoseFractionDoesNotFitIsKeptInWholeNanos() throws {
        let carried = try ExactAmount(numerator: (1 << 31) - 2, denominator: (1 << 31) - 1, dollars)
        let exact = try ExactAmount(numerator: 1, denominator: (1 << 61) - 1, dollars)
        let line = try RoundedLine(exact, carriedIn: carried)
        #expect(line.amount.nano == 0)
        #expect(try line.carry == exact.adding(ExactAmount(Money(nano: 1, dollars))))
    }

    @Test func aLineThatDoesNotFitIsRefused() throws {
        let most = ExactAmount(Money(nano: .max, dollars))
        #expect(throws: BillingError.self) { try RoundedLine(most, carriedIn: ExactAmount(Money(nano: 1, dollars))) }
        // 9223372036.854775807 rounds to 9223372036.85; half a cent more would round beyond what fits.
        #expect(try RoundedLine(most).amount.minor == 922_337_203_685)
        let yen = try Currency("JPY")
        #expect(throws: BillingError.self) { try RoundedLine(ExactAmount(Money(nano: .max, yen))) }
    }

    @Test func aCarryOfAnotherCurrencyIsRefused() throws {
        let carried = ExactAmount(try Money("0.001 JPY"))
        #expect(
            refusal { () throws(BillingError) in try RoundedLine(.zero(dollars), carriedIn: carried) }
                == "amount: expected an amount in USD, found one in JPY; use one currency; Weir does not convert")
    }
}

import Testing
import WeirBilling

@Suite struct ExactAmountTests {
    let dollars: Currency

    init() throws { dollars = try Currency("USD") }

    private func fraction(_ numerator: Int128, _ denominator: Int64) throws -> ExactAmount {
        try ExactAmount(numerator: numerator, denominator: denominator, dollars)
    }

    @Test func equalAmountsAreEqualValues() throws {
        #expect(try fraction(2, 6) == fraction(1, 3))
        #expect(try fraction(-4, 2) == ExactAmount(Money(nano: -2, dollars)))
        #expect(try fraction(0, 7) == .zero(dollars))
        #expect(try fraction(1, 3).adding(fraction(1, 6)) == fraction(1, 2))
        #expect(try fraction(1, 3).subtracting(fraction(1, 2)) == fraction(-1, 6))
    }

    @Test(arguments: [(7, 2, 3, 1), (-7, 2, -4, 1), (-6, 2, -3, 0), (-1, 3, -1, 2)] as [(Int128, Int64, Int64, Int64)])
    func anAmountIsStoredAsWholeAndRemainder(
        _ numerator: Int128, _ denominator: Int64, _ whole: Int64, _ remainder: Int64
    ) throws {
        let amount = try fraction(numerator, denominator)
        #expect(amount.whole.nano == whole)
        #expect(amount.remainder == remainder)
        #expect(try ExactAmount(whole: amount.whole, remainder: amount.remainder, of: amount.denominator) == amount)
    }

    @Test func whatIsStoredWrongIsRefused() throws {
        #expect(throws: BillingError.self) { try ExactAmount(whole: .zero(dollars), remainder: 3, of: 3) }
        #expect(throws: BillingError.self) { try ExactAmount(whole: .zero(dollars), remainder: -1, of: 3) }
        #expect(throws: BillingError.self) { try ExactAmount(whole: .zero(dollars), remainder: 0, of: 0) }
        #expect(throws: BillingError.self) { try fraction(1, 0) }
        #expect(throws: BillingError.self) { try fraction(1, -3) }
        #expect(throws: BillingError.self) { try fraction(1, .min) }
    }

    @Test func amountsAreComparedWithoutRounding() throws {
        #expect(try fraction(1, 3).isLess(than: fraction(333_333_334, 1_000_000_000)))
        #expect(try !fraction(1, 3).isLess(than: fraction(1, 3)))
        #expect(try fraction(-1, 2).isLess(than: fraction(-1, 3)))
        #expect(try fraction(Int128(Int64.max) - 1, .max).isLess(than: fraction(1, 1)))
    }

    @Test func theEdgesOfTheRangeAreExact() throws {
        let most = try fraction(Int128(Int64.max) * Int128(Int64.max), .max)
        #expect(most == ExactAmount(Money(nano: .max, dollars)))
        let least = try fraction(Int128(Int64.min) * Int128(Int64.max), .max)
        #expect(least.whole.nano == .min)
        #expect(throws: BillingError.self) { try fraction(Int128(Int64.max) * Int128(Int64.max) + 1, .max) }
        #expect(throws: BillingError.self) { try fraction(.max, .max) }
        #expect(throws: BillingError.self) { try fraction(.min, 1) }
        #expect(throws: BillingError.self) { try most.adding(most) }
        #expect(throws: BillingError.self) { try least.adding(least) }
        #expect(throws: BillingError.self) { try least.negated() }
        #expect(try most.adding(least) == ExactAmount(Money(nano: -1, dollars)))
    }

    @Test func aDenominatorThatDoesNotFitIsRefused() throws {
        let message = refusal { () throws(BillingError) in
            try ExactAmount(numerator: 1, denominator: .max, dollars)
                .adding(ExactAmount(numerator: 1, denominator: .max - 1, dollars))
        }
        #expect(message.hasPrefix("denominator: expected a common one of at most 9223372036854775807, found "))
    }
}

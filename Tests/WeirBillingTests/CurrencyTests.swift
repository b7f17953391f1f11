import Testing
import WeirBilling

@Suite struct CurrencyTests {
    @Test(
        arguments: [
            ("USD", 2, 10_000_000), ("JPY", 0, 1_000_000_000), ("KWD", 3, 1_000_000), ("CLF", 4, 100_000),
            ("CNY", 2, 10_000_000),
        ] as [(String, Int, Int64)])
    func aCurrencyKnowsItsDigits(_ code: String, _ digits: Int, _ nanos: Int64) throws {
        let currency = try Currency(code)
        #expect(currency.minorDigits == digits)
        #expect(currency.nanosPerMinorUnit == nanos)
        #expect("\(currency)" == code)
    }

    @Test(arguments: [
        ("", "currency: expected an ISO 4217 code of three capital letters, found nothing; write a code such as USD"),
        ("usd", #"currency: expected an ISO 4217 code of three capital letters, found "usd"; write USD"#),
        (
            "XAU",
            #"currency: expected an ISO 4217 code of three capital letters, found "XAU"; write a code such as USD"#
        ),
        (
            "U\n",
            #"currency: expected an ISO 4217 code of three capital letters, found "U\n"; write a code such as USD"#
        ),
    ])
    func whatIsNoCurrencyIsRefusedWithWhatToWrite(_ code: String, _ message: String) {
        #expect(throws: BillingError.self) { try Currency(code) }
        #expect(refusal { () throws(BillingError) in try Currency(code) } == message)
    }

    @Test func aLongTextIsCutInItsError() {
        let text = String(repeating: "x", count: 1_000_000)
        let message = refusal { () throws(BillingError) in try Currency(text) }
        #expect(message.utf8.count < 200)
        #expect(message.contains("xxxx\"…"))
    }
}

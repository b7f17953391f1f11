import Testing
import WeirBilling
import WeirTestSupport

/// Plans as text: what is read, and that what is printed reads back as the same.
@Suite struct PlanTextTests {
    @Test func everyLineIsRead() throws {
        let text = """
            plan team.v2                 # for small teams
            of weather, maps
            mode subscription
            currency CNY
            fee 99.00
            period 3 months from 31 in Asia/Shanghai
            trial 14 days
            grant 100k calls
            grant 10GB bytes_out
            grant 20.00 CNY
            when used up: deny
            when calls used up: charge to 50.00
            price calls per unit 0.50 per 1M
            unreported skip
            on outage overdraft 100 calls
            overdue grace 36 hours
            rules:
              burst: 10/s burst 20
                # a comment
              day: 5/day

            """
        let draft = try PlanText.parse(text)
        let plan = draft.plan
        let yuan = try Currency("CNY")
        #expect(plan.code == "team.v2" && plan.version == 0 && plan.products == ["weather", "maps"])
        #expect(plan.mode == .subscription && plan.currency == yuan)
        #expect(try plan.fee == Money("99 CNY"))
        #expect(try plan.period == Period(every: 3, .month, from: .day(31), in: "Asia/Shanghai"))
        #expect(plan.trialDays == 14)
        #expect(
            try plan.grants.map(\.allowance) == [
                .units(100_000, meter: "calls"), .units(10_000_000_000, meter: "bytes_out"), .money(Money("20 CNY")),
            ])
        #expect(try plan.whenUsedUp("calls") == .chargeTo(Money("50 CNY")))
        #expect(plan.whenUsedUp("bytes_out") == .deny)
        #expect(plan.whenUsedUp("other") == .charge)
        #expect(try plan.prices["calls"]?.model == .perUnit(UnitPrice(Money("0.5 CNY"), per: 1_000_000)))
        #expect(plan.unreported == .skip && plan.outage == .overdraft(.units(100, meter: "calls")))
        #expect(plan.overdueGraceSeconds == 36 * 3_600 && plan.creditLimit == nil && plan.expiry == nil)
        #expect(plan.rules == "burst: 10/s burst 20\n  # a comment\nday: 5/day")
        #expect(draft.rules?.position(line: 3, column: 6) == PlanPosition(line: 20, column: 8))
        #expect(plan.meters == ["bytes_out", "calls"])
        #expect(plan.published(as: 3).version == 3)
        let printed = PlanText.print(plan)
        #expect(reading(printed).plan == plan, "\(printed)")
        #expect(PlanText.print(try PlanText.parse(printed).plan) == printed)
    }

    @Test func whatIsNotSaidIsWhatOneWouldExpect() throws {
        let package = try PlanText.parse(PlanTexts.package).plan
        #expect(package.expiry == nil && package.period == nil && package.whenUsedUp("calls") == .deny)
        #expect(package.unreported == .bill && package.outage == .deny && package.rules.isEmpty)
        let subscription = try PlanText.parse(PlanTexts.subscription).plan
        #expect(try subscription.period == Period(.month, from: .signup, in: "UTC"))
        let payg = try PlanText.parse(PlanTexts.payg).plan
        #expect(try payg.period == Period(.month, from: .day(1), in: "UTC"))
        #expect(try PlanText.parse(PlanTexts.postpaid).plan.creditLimit == Money("100 USD"))
        #expect(try PlanText.parse(PlanTexts.package + "expires 90 days").plan.expiry == Period(every: 90, .day))
        #expect(
            try PlanText.parse(PlanTexts.package + "expires year in Asia/Shanghai").plan.expiry
                == Period(.year, in: "Asia/Shanghai"))
    }

    static let forms = [
        ("free", "free"), ("fee 5", "fee 5.00"), ("per unit 0.50 per 1000000", "per unit 0.50 per 1M"),
        ("per unit 0.0001", "per unit 0.0001"),
        ("graduated up to 10k 0 then 0.09 per 1k", "graduated up to 10000 0.00 then 0.09 per 1000"),
        (
            "graduated up to 10 1 plus 5 then up to 20 0.5 then 0.25 plus 1",
            "graduated up to 10 1.00 plus 5.00 then up to 20 0.50 then 0.25 plus 1.00"
        ),
        ("volume up to 1000 0.01 then 0.005", "volume up to 1000 0.01 then 0.005"),
        ("package of 1000 for 5.00", "package of 1000 for 5.00"),
        ("included 1000 for 5 then per unit 0.01", "included 1000 for 5.00 then per unit 0.01"),
        ("free 1000 then per unit 0.01", "free 1000 then per unit 0.01"),
        ("per unit 0.01 minimum 5 maximum 100 12.5% off", "per unit 0.01 minimum 5.00 maximum 100.00 12.5% off"),
        ("fee 5 and free 10 then per unit 1 maximum 9", "fee 5.00 and free 10 then per unit 1.00 maximum 9.00"),
        (
            "fee 5 and (free 10 then (per unit 1 10% off) maximum 9)",
            "fee 5.00 and (free 10 then (per unit 1.00 10% off) maximum 9.00)"
        ),
        ("(((per unit 1)))", "per unit 1.00"),
    ]

    @Test(arguments: forms)
    func aPriceIsOneLine(_ written: String, _ printed: String) throws {
        let text = PlanTexts.postpaid.replacing("per unit 0.01", with: written)
        let plan = try #require(reading(text).plan, "\(reading(text).errors)")
        let model = try #require(plan.prices["calls"]?.model)
        #expect(PlanText.print(model, of: "calls") == printed)
        #expect(reading(PlanTexts.postpaid.replacing("per unit 0.01", with: printed)).plan == plan)
    }

    @Test func modifiersAreOfAllThatStandsBeforeThem() throws {
        let text = PlanTexts.postpaid.replacing(
            "per unit 0.01", with: "fee 5 and free 10 then per unit 1 maximum 9 50% off")
        let dollar = try Money("1 USD")
        #expect(
            try PlanText.parse(text).plan.prices["calls"]?.model
                == .off(
                    Percentage("50%"),
                    .maximum(
                        Money("9 USD"), .sum([.fee(Money("5 USD")), .free(10, then: .perUnit(UnitPrice(dollar)))]))))
    }

    @Test func everyModelOfTheVectorsReadsBack() throws {
        let dollars = try Currency("USD")
        var read = 0
        for fields in try Vectors.lines("rate") {
            let model = try PriceText.model(fields[1], dollars)
            for meter in ["calls", "bytes_out"] {
                let line = PlanText.print(model, of: meter)
                let text = PlanTexts.postpaid.replacing("calls per unit 0.01", with: "\(meter) \(line)")
                let plan = try #require(reading(text).plan, "\(line): \(reading(text).errors)")
                let again = try #require(plan.prices[meter]?.model)
                #expect(
                    try PriceFunction(again, in: dollars, settled: .arrears)
                        == PriceFunction(Self.withoutLoneSums(model), in: dollars, settled: .arrears))
                #expect(PlanText.print(again, of: meter) == line)
                read += 1
            }
        }
        #expect(read > 1_000)
    }

    /// A sum of one is that one, in text.
    private static func withoutLoneSums(_ model: PriceModel) -> PriceModel {
        switch model {
        case .sum(let models) where models.count == 1: withoutLoneSums(models[0])
        case .sum(let models): .sum(models.map(withoutLoneSums))
        case .included(let units, let fee, let inner): .included(units, for: fee, then: withoutLoneSums(inner))
        case .free(let units, let inner): .free(units, then: withoutLoneSums(inner))
        case .minimum(let least, let inner): .minimum(least, withoutLoneSums(inner))
        case .maximum(let most, let inner): .maximum(most, withoutLoneSums(inner))
        case .off(let percentage, let inner): .off(percentage, withoutLoneSums(inner))
        case .fee, .perUnit, .graduated, .volume, .perBlock: model
        }
    }
}

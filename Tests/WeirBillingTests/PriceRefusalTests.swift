import Testing
import WeirBilling

/// What is no price, and what its refusal says.
@Suite struct PriceRefusalTests {
    let dollars: Currency
    let one: Money
    let unit: UnitPrice

    init() throws {
        dollars = try Currency("USD")
        one = Money(nano: Money.nanosPerUnit, dollars)
        unit = UnitPrice(one, per: 1_000)
    }

    private func said(_ model: PriceModel, _ settlement: Settlement = .arrears) -> String {
        refusal { () throws(BillingError) in try PriceFunction(model, in: dollars, settled: settlement) }
    }

    @Test func anErrorNamesTheFieldWhatWasExpectedAndWhatToDo() throws {
        let tiers = [PriceTier(upTo: 1_000, unit), PriceTier(upTo: 500, unit), PriceTier(upTo: nil, unit)]
        #expect(
            said(.sum([.fee(one), .graduated(tiers)]))
                == "price.sum[1].graduated[1].upTo: expected more than 1000, where the tier before ends, found 500; "
                + "order the tiers by their ends, which count from the period's first unit")
        #expect(
            said(.fee(Money(nano: -1, dollars)))
                == "price.fee: expected an amount of 0 or more, found -0.000000001 USD; give reductions as a percentage off"
        )
        #expect(
            said(.perUnit(UnitPrice(one, per: 0)))
                == "price.perUnit.per: expected 1 or more units, found 0; write how many units the amount is for")
        #expect(
            said(.perUnit(UnitPrice(try Money("1 CNY"))))
                == "price.perUnit.amount: expected an amount in USD, found one in CNY; use one currency; Weir does not convert"
        )
    }

    @Test func everyFieldIsChecked() throws {
        let negative = Money(nano: .min, dollars)
        let yen = try Money("1 JPY")
        let open = PriceTier(upTo: nil, unit)
        for (model, field) in [
            (.fee(yen), "price.fee"),
            (.perUnit(UnitPrice(negative)), "price.perUnit.amount"),
            (.perUnit(UnitPrice(one, per: -5)), "price.perUnit.per"),
            (.perUnit(UnitPrice(one, per: .min)), "price.perUnit.per"),
            (.graduated([]), "price.graduated"),
            (.graduated([PriceTier(upTo: 5, unit)]), "price.graduated[0].upTo"),
            (.graduated([open, open]), "price.graduated[0].upTo"),
            (.graduated([PriceTier(upTo: 0, unit), open]), "price.graduated[0].upTo"),
            (.graduated([PriceTier(upTo: 9, unit), PriceTier(upTo: 9, unit), open]), "price.graduated[1].upTo"),
            (.graduated([PriceTier(upTo: nil, unit, fee: negative)]), "price.graduated[0].fee"),
            (.graduated([PriceTier(upTo: nil, UnitPrice(yen))]), "price.graduated[0].price.amount"),
            (.graduated(Array(repeating: open, count: 101)), "price.graduated"),
            (.volume([PriceTier(upTo: nil, UnitPrice(one, per: 0))]), "price.volume[0].price.per"),
            (.perBlock(of: 0, one), "price.perBlock.of"),
            (.perBlock(of: 10, negative), "price.perBlock.amount"),
            (.included(-1, for: one, then: .fee(one)), "price.included.units"),
            (.included(1, for: yen, then: .fee(one)), "price.included.for"),
            (.included(1, for: one, then: .fee(yen)), "price.included.then.fee"),
            (.free(-1, then: .fee(one)), "price.free.units"),
            (.free(1, then: .sum([])), "price.free.then.sum"),
            (.minimum(negative, .fee(one)), "price.minimum.amount"),
            (.maximum(yen, .fee(one)), "price.maximum.amount"),
            (.maximum(.zero(dollars), .minimum(one, .fee(one))), "price.maximum.amount"),
            (.minimum(one, .maximum(.zero(dollars), .fee(one))), "price.minimum.amount"),
            (.off(try Percentage("5%"), .fee(yen)), "price.off.of.fee"),
            (.sum(Array(repeating: .fee(one), count: 101)), "price.sum"),
        ] as [(PriceModel, String)] {
            #expect(said(model).hasPrefix("\(field): expected "), "\(said(model))")
        }
    }

    @Test func volumeTiersAreRefusedWhereABalanceIsSpent() {
        let model = PriceModel.maximum(one, .volume([PriceTier(upTo: nil, unit)]))
        #expect(said(model) == "accepted")
        #expect(
            said(model, .prepaid)
                == "price.maximum.of.volume: expected a price that never falls, as usage is paid from a balance, found volume tiers; "
                + "use graduated tiers, or sell the plan post-paid")
    }

    @Test func aPriceThatIsTooDeepOrTooWideIsRefused() throws {
        var deep = PriceModel.fee(one)
        for _ in 0..<15 { deep = .free(1, then: deep) }
        #expect(said(deep) == "accepted")
        deep = .free(1, then: deep)
        #expect(
            said(deep).hasSuffix(
                "expected at most 16 prices inside one another, found more; write the price with fewer of them"))
        let hundred = PriceModel.sum(Array(repeating: .fee(one), count: 100))
        #expect(said(.sum(Array(repeating: hundred, count: 9))) == "accepted")
        #expect(said(.sum(Array(repeating: hundred, count: 100))).contains("at most 1000 tiers and parts"))
    }

    @Test func fractionsWithoutACommonDenominatorAreRefused() throws {
        let strange = [UnitPrice(one, per: (1 << 31) - 1), UnitPrice(one, per: (1 << 61) - 1)]
        let message = said(.sum(strange.map { .perUnit($0) }))
        #expect(
            message.hasPrefix(
                "price.sum[1]: expected prices whose fractions have a common denominator of at most 9223372036854775807"
            ))
        let deep = try PriceModel.off(Percentage("0.0001%"), .perUnit(UnitPrice(Money(nano: 1, dollars), per: .max)))
        #expect(said(deep).hasPrefix("price.off.percentage: "))
    }

    @Test func whatGoesBeyondAnAmountIsRefusedAndNothingWraps() throws {
        let price = try PriceFunction(.perUnit(UnitPrice(one)), in: dollars, settled: .prepaid)
        let most = Int64.max / Money.nanosPerUnit
        #expect(try price.cost(of: most).whole.nano == most * Money.nanosPerUnit)
        let message = refusal { () throws(BillingError) in try price.cost(of: most + 1) }
        #expect(
            message.hasPrefix("cost: expected an amount from -9223372036.854775808 USD to 9223372036.854775807 USD"))
        let largest = UnitPrice(Money(nano: .max, dollars))
        for model in [
            .perUnit(largest), .perBlock(of: 1, largest.amount), .graduated([PriceTier(upTo: nil, largest)]),
            .volume([PriceTier(upTo: nil, largest)]), .off(try Percentage("99.9999%"), .perUnit(largest)),
            .sum([.fee(largest.amount), .fee(largest.amount)]), .included(0, for: largest.amount, then: .fee(one)),
        ] as [PriceModel] {
            let price = try PriceFunction(model, in: dollars, settled: .arrears)
            #expect(throws: BillingError.self, "\(model)") { try price.cost(of: .max) }
        }
        #expect(
            try PriceFunction(.perUnit(largest), in: dollars, settled: .prepaid).cost(of: 1).whole == largest.amount)
    }

    @Test func unitsBelowZeroAreRefused() throws {
        let price = try PriceFunction(.perUnit(unit), in: dollars, settled: .prepaid)
        let said = refusal { () throws(BillingError) in try price.cost(of: -1) }
        #expect(said == "units: expected 0 or more, found -1; count base units from the period's start")
        let nothing = try PriceFunction(.perUnit(UnitPrice(.zero(dollars))), in: dollars, settled: .prepaid)
        var rating = try Rating(nothing, units: .max - 1)
        let before = rating
        #expect(throws: BillingError.self) { try rating.count(-1) }
        #expect(throws: BillingError.self) { try rating.count(2) }
        #expect(rating == before)
    }
}

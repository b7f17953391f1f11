import Testing
import WeirBilling

/// What each price model comes to, by hand.
@Suite struct PriceTests {
    let dollars: Currency

    init() throws { dollars = try Currency("USD") }

    private func usd(_ figure: String) throws -> Money { try Money(figure: figure, dollars) }

    private func expect(_ model: PriceModel, _ table: [(units: Int64, figure: String)], over: Bool = false) throws {
        let price = try PriceFunction(model, in: dollars, settled: .arrears)
        for (units, figure) in table {
            let cost = over ? try price.closingCost(of: units) : try price.cost(of: units)
            #expect(try cost == ExactAmount(usd(figure)), "\(units) units")
        }
    }

    @Test func aFeeIsDueWhateverIsUsed() throws {
        try expect(.fee(usd("49")), [(0, "49"), (1, "49"), (.max, "49")])
    }

    @Test func unitsCostAFractionEach() throws {
        try expect(
            .perUnit(UnitPrice(usd("0.5"), per: 1_000_000)),
            [(0, "0"), (1, "0.0000005"), (1_000, "0.0005"), (1_000_000, "0.5"), (3_000_001, "1.5000005")])
    }

    @Test func aThirdIsNotRounded() throws {
        let price = try PriceFunction(
            .perUnit(UnitPrice(Money(nano: 1, dollars), per: 3)), in: dollars, settled: .arrears)
        #expect(try price.cost(of: 1) == ExactAmount(numerator: 1, denominator: 3, dollars))
        #expect(try price.cost(of: 3) == ExactAmount(Money(nano: 1, dollars)))
    }

    @Test func graduatedTiersPriceEachUnitByItsPlace() throws {
        // 1,000 free, 9,000 at a tenth of a cent, the rest at half of that; reaching the second costs a dollar.
        let tiers = try [
            PriceTier(upTo: 1_000, UnitPrice(usd("0"))),
            PriceTier(upTo: 10_000, UnitPrice(usd("1"), per: 1_000), fee: usd("1")),
            PriceTier(upTo: nil, UnitPrice(usd("0.50"), per: 1_000)),
        ]
        try expect(
            .graduated(tiers),
            [(0, "0"), (1_000, "0"), (1_001, "1.001"), (10_000, "10"), (10_001, "10.0005"), (20_000, "15")])
    }

    @Test func volumeTiersPriceAllUnitsByTheLast() throws {
        let tiers = try [
            PriceTier(upTo: 1_000, UnitPrice(usd("0.01"))),
            PriceTier(upTo: nil, UnitPrice(usd("0.005")), fee: usd("1")),
        ]
        try expect(.volume(tiers), [(0, "0"), (1, "0.01"), (1_000, "10"), (1_001, "6.005"), (2_000, "11")])
        let price = try PriceFunction(.volume(tiers), in: dollars, settled: .arrears)
        // Reaching the cheaper tier is a credit.
        #expect(try price.step(from: 1_000, to: 1_001) == ExactAmount(usd("-3.995")))
    }

    @Test func blocksAreChargedWholeWithTheirFirstUnit() throws {
        try expect(
            .perBlock(of: 1_000, usd("2")),
            [(0, "0"), (1, "2"), (1_000, "2"), (1_001, "4"), (2_000, "4"), (2_001, "6")])
    }

    @Test func includedUnitsArePaidByTheFeeAndTheRestIsOverage() throws {
        try expect(
            .included(10_000, for: usd("20"), then: .perUnit(UnitPrice(usd("3"), per: 1_000))),
            [(0, "20"), (10_000, "20"), (10_001, "20.003"), (12_000, "26")])
    }

    @Test func freeUnitsCostNothingAndBlocksBehindThemBeginAtTheirEnd() throws {
        try expect(
            .free(500, then: .perBlock(of: 1_000, usd("2"))),
            [(0, "0"), (500, "0"), (501, "2"), (1_500, "2"), (1_501, "4")])
    }

    @Test func aMaximumEndsWhatUnitsCost() throws {
        try expect(
            .maximum(usd("5"), .perUnit(UnitPrice(usd("0.01")))),
            [(499, "4.99"), (500, "5"), (501, "5"), (1_000_000, "5")])
    }

    @Test func aMinimumIsChargedWhenThePeriodIsOver() throws {
        let model = try PriceModel.minimum(usd("5"), .perUnit(UnitPrice(usd("0.01"))))
        try expect(model, [(0, "0"), (499, "4.99"), (600, "6")])
        try expect(model, [(0, "5"), (499, "5"), (500, "5"), (600, "6")], over: true)
        var rating = try Rating(PriceFunction(model, in: dollars, settled: .arrears))
        _ = try rating.count(499)
        #expect(try rating.minimumCharge() == ExactAmount(usd("0.01")))
        _ = try rating.count(1)
        #expect(try rating.minimumCharge().isZero)
    }

    @Test func aPercentageIsTakenOffWhatIsInside() throws {
        let model = try PriceModel.off(Percentage("12.5%"), .sum([.fee(usd("8")), .perUnit(UnitPrice(usd("0.01")))]))
        try expect(model, [(0, "7"), (1, "7.00875"), (100, "7.875")])
        try expect(.off(Percentage("100%"), .fee(usd("8"))), [(0, "0")])
        try expect(.off(Percentage("0%"), .fee(usd("8"))), [(0, "8")])
    }

    @Test func modelsNestAndAddUp() throws {
        // Ten dollars a month, 1,000 calls free, then a cent each; a fifth off; never above 100 dollars, never below 9.
        let model = try PriceModel.minimum(
            usd("9"),
            .maximum(
                usd("100"),
                .off(Percentage("20%"), .sum([.fee(usd("10")), .free(1_000, then: .perUnit(UnitPrice(usd("0.01"))))]))))
        try expect(model, [(0, "8"), (1_000, "8"), (1_001, "8.008"), (12_500, "100"), (1_000_000, "100")])
        try expect(model, [(0, "9"), (1_125, "9"), (1_126, "9.008"), (1_000_000, "100")], over: true)
    }

    @Test func theSameInYuanAndYen() throws {
        let yuan = try Currency("CNY")
        let price = try PriceFunction(
            .perUnit(UnitPrice(Money("0.3 CNY"), per: 100)), in: yuan, settled: .prepaid)
        #expect(try price.cost(of: 7) == ExactAmount(Money("0.021 CNY")))
        let yen = try PriceFunction(.perUnit(UnitPrice(Money("1 JPY"), per: 8)), in: Currency("JPY"), settled: .prepaid)
        #expect(try yen.cost(of: 3) == ExactAmount(Money("0.375 JPY")))
    }

    @Test func pricesPerGibibyteAreExact() throws {
        try expect(
            .off(Percentage("5%"), .perUnit(UnitPrice(usd("0.09"), per: 1 << 30))),
            [(1 << 30, "0.0855"), (1 << 29, "0.04275")])
    }
}

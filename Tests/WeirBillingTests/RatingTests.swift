import Testing
import WeirBilling
import WeirTestSupport

/// However usage is split, ordered and spread over agents, it costs the same: over the 600 models of the vectors.
@Suite struct RatingTests {
    let dollars: Currency

    init() throws { dollars = try Currency("USD") }

    private func prices(_ settlement: Settlement) throws -> [PriceFunction] {
        var prices: [PriceFunction] = []
        for fields in try Vectors.lines("rate") {
            let model = try PriceText.model(fields[1], dollars)
            // Models with volume tiers are refused where a balance is spent.
            if let price = try? PriceFunction(model, in: dollars, settled: settlement) { prices.append(price) }
        }
        return prices
    }

    /// Batches that add up to some units, most of them small, some empty, some large.
    private func partition(_ random: inout SeededRandom) -> [Int64] {
        (0..<Int.random(in: 1...30, using: &random)).map { _ in
            let most: Int64 = [0, 1, 3, 50, 2_000, 1_000_000].randomElement(using: &random) ?? 0
            return Int64.random(in: 0...most, using: &random)
        }
    }

    @Test(arguments: 1...3)
    func anyPartitionAndOrderCostsTheSame(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        for price in try prices(.arrears) {
            let batches = partition(&random)
            let units = batches.reduce(0, +)
            let whole = try price.cost(of: units)
            for order in [batches, batches.shuffled(using: &random), [units]] {
                var (before, exact) = (Int64(0), try price.cost(of: 0))
                var rating = try Rating(price)
                var posted = rating.posted
                for batch in order {
                    exact = try exact.adding(price.step(from: before, to: before + batch))
                    posted = try posted.adding(rating.count(batch))
                    before += batch
                }
                #expect(exact == whole)
                #expect(posted == whole.whole)
                #expect(rating.posted == posted)
                #expect(try rating == Rating(price, units: units))
            }
        }
    }

    @Test(arguments: 1...3)
    func whatABalancePaysNeverFallsAndStaysUnderTheCeiling(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        let prices = try prices(.prepaid)
        #expect(prices.count > 300)
        for price in prices {
            let ceiling = try #require(try price.ceiling())
            var rating = try Rating(price)
            for batch in partition(&random) {
                let before = rating.units
                #expect(try rating.count(batch).nano >= 0)
                let step = try price.step(from: before, to: rating.units)
                // Both sides times the denominators: ceiling × units may be beyond an amount.
                let most = (ceiling.numerator * Int128(batch)).multipliedFullWidth(by: Int128(step.denominator))
                let charged = step.numerator.multipliedFullWidth(by: Int128(ceiling.denominator))
                #expect((charged.high, charged.low) <= (most.high, most.low), "\(price.model)")
            }
        }
    }

    @Test func theCeilingIsReached() throws {
        let cent = UnitPrice(try Money("0.01 USD"))
        let tiers = [PriceTier(upTo: 10, cent), PriceTier(upTo: nil, cent, fee: try Money("3 USD"))]
        let price = try PriceFunction(
            .off(Percentage("50%"), .sum([.graduated(tiers), .perBlock(of: 11, Money("1 USD"))])), in: dollars,
            settled: .prepaid)
        #expect(try price.ceiling() == ExactAmount(Money("2.005 USD")))
        // The 11th unit begins a tier, the 12th a block; the ceiling allows for both at once.
        #expect(try price.step(from: 10, to: 11) == ExactAmount(Money("1.505 USD")))
        let one = try PriceFunction(.graduated(tiers), in: dollars, settled: .prepaid)
        #expect(try one.ceiling() == one.step(from: 10, to: 11))
        let volume = try PriceFunction(.volume(tiers), in: dollars, settled: .arrears)
        #expect(try volume.ceiling() == nil)
        let third = try PriceFunction(
            .perUnit(UnitPrice(Money(nano: 1, dollars), per: 3)), in: dollars, settled: .prepaid)
        #expect(try third.ceiling()?.roundedUp() == Money(nano: 1, dollars))
    }

    @Test func agentsThatCountInTurnsPostWhatOneWould() throws {
        // A third of a nano-unit each: no single call posts it alone.
        let third = try PriceFunction(
            .perUnit(UnitPrice(Money(nano: 1, dollars), per: 3)), in: dollars, settled: .prepaid)
        var rating = try Rating(third)
        let steps = try (0..<9).map { _ in try rating.count(1).nano }
        #expect(steps == [0, 0, 1, 0, 0, 1, 0, 0, 1])
        #expect(try rating.cost() == ExactAmount(rating.posted))
    }

    @Test func whatIsDueAtTheStartIsPostedFirst() throws {
        let price = try PriceFunction(
            .included(100, for: Money("5 USD"), then: .perUnit(UnitPrice(Money("0.01 USD")))), in: dollars,
            settled: .prepaid)
        var rating = try Rating(price)
        #expect(rating.posted == (try Money("5 USD")))
        #expect(try rating.count(100).nano == 0)
        #expect(try rating.count(1) == Money("0.01 USD"))
    }

    @Test func volumeTiersPostACreditInArrears() throws {
        let tiers = try [
            PriceTier(upTo: 10, UnitPrice(Money("1 USD"))), PriceTier(upTo: nil, UnitPrice(Money("0.5 USD"))),
        ]
        var rating = try Rating(PriceFunction(.volume(tiers), in: dollars, settled: .arrears))
        #expect(try rating.count(10) == Money("10 USD"))
        #expect(try rating.count(1) == Money("-4.5 USD"))
        #expect(rating.posted == (try Money("5.5 USD")))
    }
}

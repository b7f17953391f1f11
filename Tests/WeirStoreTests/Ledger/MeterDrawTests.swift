import Testing
import WeirBilling
import WeirCore
import WeirStore
import WeirTestSupport

extension LedgerTests {
    /// Money that several meters draw on: each at its own ceiling, charged by its own price.
    @Suite struct MeterDrawTests {
        private static func prices() throws -> MeterPrices {
            let usd = try Currency("USD")
            return MeterPrices(prices: [
                "calls": try PriceFunction(
                    .free(10, then: .perUnit(UnitPrice(Money(nano: 500, usd)))), in: usd, settled: .prepaid),
                "out": try PriceFunction(
                    .graduated([
                        PriceTier(upTo: 1_000, UnitPrice(Money(nano: 7, usd), per: 3)),
                        PriceTier(upTo: nil, UnitPrice(Money(nano: 1, usd))),
                    ]), in: usd, settled: .prepaid),
            ])
        }

        private static func ledger(_ kind: LedgerUnderTest.Kind) async throws -> LedgerUnderTest {
            let ledger = try await LedgerUnderTest(kind)
            try await ledger.sell([("calls", 500, 1), ("out", 7, 3)])
            return ledger
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aBalanceIsSpentAtEachMetersCeilingAndChargedItsPrice(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await Self.ledger(kind)
            let grant = try await ledger.topUp(1_000_000, id: "t")
            let prices = try Self.prices()
            let agents = [1, 2].map { AgentOnPaper(grant: grant, ledger, number: $0, prices: prices) }
            try await agents[0].ask(want: 50_000)
            try await agents[0].ask(spent: 20, hour: 500_000, meter: "calls")
            try await agents[0].ask(spent: 1_001, hour: 500_000, meter: "out")
            #expect(try await agents[0].row()?.spent == 20 * 500 + 2_336)
            try await agents[1].ask(want: 50_000)
            try await agents[1].ask(spent: 15, hour: 500_000, meter: "calls")
            try await agents[1].ask(spent: 500, hour: 500_000, meter: "out")
            for agent in agents { try await agent.ask(isOver: true) }
            let exact =
                try prices.prices["calls"]!.cost(of: 35).whole.nano + prices.prices["out"]!.cost(of: 1_501).whole.nano
            #expect(try await ledger.account(of: grant).debits == exact)
            #expect(try await ledger.account(of: grant).available == 1_000_000 - exact)
            #expect(try await ledger.broken() == [])
        }

        /// A gift and a balance: the price goes on where the gift ends, and its free units are given once.
        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aPriceCountsOnOverAllGrantsOfAContract(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await Self.ledger(kind)
            let prices = try Self.prices()
            let usd = try Currency("USD")
            let gift = try await ledger.place(
                Order(
                    externalID: "gift", consumer: "con_a", subscription: "sub_a", kind: .trial,
                    lines: [OrderLine(unit: .money(usd), amount: 10_000)], actor: "shop", reason: "welcome")
            ).lines[0].grant
            let balance = try await ledger.topUp(1_000_000, id: "t")
            for (number, grant) in [gift, balance].enumerated() {
                let agent = AgentOnPaper(grant: grant, ledger, number: UInt64(number), prices: prices)
                try await agent.ask(want: 10_000, need: 10_000)
                try await agent.ask(spent: 20, hour: 500_000, meter: "calls")
                try await agent.ask(isOver: true)
            }
            #expect(try await ledger.account(of: gift).debits == 10 * 500)
            #expect(try await ledger.account(of: balance).debits == 20 * 500)
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func cellsOfOlderAgentsAreOfTheMeterThatCosts(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            try await ledger.sell([("calls", 500, 1), ("free", 0, 1)])
            let grant = try await ledger.topUp(1_000_000, id: "t")
            let agent = AgentOnPaper(grant: grant, ledger, prices: try Self.prices())
            try await agent.ask(want: 20_000, need: 20_000)
            try await agent.ask(spent: 12, hour: 500_000)
            try await agent.ask(spent: 8, hour: 500_000, meter: "calls")
            #expect(try await agent.row()?.spent == 20 * 500)
            #expect(try await ledger.number("SELECT count(*) FROM window_draw") == 1)
            try await agent.ask(isOver: true)
            #expect(try await ledger.account(of: grant).debits == 10 * 500)
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aReservationThatTurnsOutLessIsChargedLess(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await Self.ledger(kind)
            let grant = try await ledger.topUp(1_000_000, id: "t")
            let agent = AgentOnPaper(grant: grant, ledger, prices: try Self.prices())
            try await agent.ask(want: 100_000, need: 100_000)
            try await agent.ask(hour: 500_000, outcomes: [(.admitted, 9_000)], meter: "out")
            ledger.now += 3_600
            try await agent.ask()
            try await agent.ask(hour: 500_000, outcomes: [(.resolved, 9_000), (.status(200), 300)], meter: "out")
            ledger.now += 3_600
            try await agent.ask(isOver: true)
            #expect(try await ledger.account(of: grant).settled == 1_000_000 - 700)
            #expect(try await ledger.broken() == [])
        }

        /// Random histories of two agents over two grants and meters: never beyond what was paid, and at the end exactly the prices.
        @Test(arguments: LedgerUnderTest.Kind.allCases, [1, 2, 3] as [UInt64])
        func anyOrderOfDrawsAndSettlementsChargesTheSame(_ kind: LedgerUnderTest.Kind, _ seed: UInt64) async throws {
            let ledger = try await Self.ledger(kind)
            let prices = try Self.prices()
            var random = SeededRandom(seed)
            let grant = try await ledger.topUp(10_000_000, id: "t")
            let agents = [1, 2].map { AgentOnPaper(grant: grant, ledger, number: $0, prices: prices) }
            var units: [String: [UInt64]] = ["calls": [0, 0], "out": [0, 0]]
            for _ in 0..<25 {
                let index = Int.random(in: 0...1, using: &random)
                let meter = Bool.random(using: &random) ? "calls" : "out"
                units[meter]?[index] += UInt64.random(in: 0...400, using: &random)
                try await agents[index].ask(
                    spent: units[meter]?[index], hour: 500_000, meter: meter,
                    want: Int64.random(in: 0...9_000, using: &random))
                if Int.random(in: 0...3, using: &random) == 0 { ledger.now += 3_600 }
                let row = try #require(try await agents[index].row())
                #expect(row.due <= row.granted - row.returned)
            }
            #expect(try await ledger.broken() == [])
            for agent in agents { try await agent.ask(isOver: true) }
            var exact: Int64 = 0
            for (meter, price) in prices.prices {
                exact += try price.cost(of: Int64(units[meter]?.reduce(0, +) ?? 0)).whole.nano
            }
            #expect(try await ledger.account(of: grant).debits == exact)
            #expect(try await ledger.broken() == [])
        }

        // MARK: Charges up to an amount

        private static func contract(_ start: Int64, _ end: Int64?) -> ContractRow {
            ContractRow(
                Contract(subscription: "sub_a", number: 1, start: start, end: end, wholeStart: start, isTrial: false),
                planID: "pln")
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func whatIsChargedBeyondGrantsStopsAtItsAmountOverAllAgents(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await Self.ledger(kind)
            let usd = try Currency("USD")
            let (start, end) = (ledger.now, ledger.now + 86_400)
            let opened = try await ledger.change { ledger throws(StoreError) in
                let ceiling = try UnitCeiling(500)
                let first = try ledger.openCharge(
                    of: "calls", to: Money(nano: 5_000, usd), under: Self.contract(start, end), consumer: "con_a",
                    ceiling: ceiling)
                let again = try ledger.openCharge(
                    of: "calls", to: Money(nano: 5_000, usd), under: Self.contract(start, end), consumer: "con_a",
                    ceiling: ceiling)
                return [first, again]
            }
            #expect(opened[0] == opened[1] && opened[0].scope == "calls" && opened[0].expiresAt == end)
            let agents = [1, 2].map { AgentOnPaper(grant: opened[0].id, ledger, number: $0) }
            // A top-up goes to a balance of its own.
            #expect(try await ledger.topUp(1_000, id: "t") != opened[0].id)
            var given: Int64 = 0
            for round in 0..<12 {
                let answer = try await agents[round % 2].ask(want: 500, need: 500)
                given = try await ledger.account(of: opened[0].id).pending
                if answer.state == .empty { break }
            }
            #expect(given == 5_000)
            for (agent, units) in zip(agents, [5, 5] as [UInt64]) {
                try await agent.ask(spent: units, meter: "calls")
                try await agent.ask(isOver: true)
            }
            #expect(try await ledger.account(of: opened[0].id).settled == -5_000)
            #expect(try await ledger.broken() == [])
            // With the period it ends, and what is owed stays.
            ledger.now = end
            try await ledger.change { ledger throws(StoreError) in while try ledger.expire(limit: 10) == 10 {} }
            #expect(try await ledger.balances().allSatisfy { $0.grant.id != opened[0].id })
            #expect(try await ledger.account(of: opened[0].id).settled == -5_000)
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aChargeEndsWhereItsContractDoes(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await Self.ledger(kind)
            let usd = try Currency("USD")
            let start = ledger.now
            for end in [start + 1_000, start + 500, start] {
                let grant = try await ledger.change { ledger throws(StoreError) in
                    try ledger.openCharge(
                        of: "calls", to: Money(nano: 5, usd), under: Self.contract(start, end), consumer: "con_a",
                        ceiling: .one)
                }
                #expect(grant.expiresAt == max(end, start + 1))
            }
            #expect(try await ledger.broken() == [])
        }

        // MARK: Outages

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func whatWasDrawnInAnOutageIsPaidByWhatTheGrantHas(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await Self.ledger(kind)
            let package = try await ledger.place(.package(100)).lines[0].grant
            let balance = try await ledger.topUp(10_000, id: "t")
            // Agents that never had anything of the grants: their usage arrives before their first word.
            for (grant, meter, units, ceiling) in [(package, "", 30, 1), (balance, "calls", 12, 500)] {
                let agent = AgentOnPaper(grant: grant, ledger, prices: try Self.prices())
                let cells = [agent.cell(.admitted, UInt64(units), hour: 500_000, meter: meter)]
                _ = try await UsageStore(ledger.database).merge(cells, of: agent.incarnation, at: ledger.now)
                #expect(try await agent.row()?.shrunk == Int64(units * ceiling))
                let lack = try #require(try await agent.row()?.spent)
                _ = try await agent.store.exchange(
                    incarnation: agent.incarnation, cells: [],
                    asks: [WindowAsk(grant: grant, granted: 0, returned: 0, want: lack, need: 1)], now: ledger.now)
                let row = try #require(try await agent.row())
                #expect((row.shrunk, row.due) == (0, Int64(units * ceiling)))
                #expect(try await ledger.broken() == [])
                try await agent.ask(isOver: true)
                #expect(try await ledger.broken() == [])
            }
            #expect(try await ledger.account(of: package).settled == 70)
            #expect(try await ledger.account(of: balance).settled == 10_000 - 2 * 500, "ten calls are free")
        }

        // MARK: Databases of before

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func whatWasRatedBeforeMetersWereNamedGoesOn(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            try await ledger.sell([("calls", 500, 1)])
            let grant = try await ledger.topUp(1_000_000, id: "t", ceiling: try UnitCeiling(500))
            let agent = AgentOnPaper(grant: grant, ledger, prices: try Self.prices())
            try await agent.ask(want: 20_000, need: 20_000)
            try await agent.ask(spent: 12, hour: 500_000)
            ledger.now += 3_600
            try await agent.ask()
            for statement in [
                "CREATE TABLE window_rated (grant_id TEXT, incarnation TEXT, contract TEXT, units BIGINT)",
                "INSERT INTO window_rated SELECT grant_id, incarnation, contract, rated FROM window_draw",
                "DROP TABLE window_draw",
                "CREATE TABLE rated_old (grant_id TEXT, contract TEXT, units BIGINT, posted BIGINT)",
                "INSERT INTO rated_old SELECT grant_id, contract, units, posted FROM rated", "DROP TABLE rated",
                "ALTER TABLE rated_old RENAME TO rated", "ALTER TABLE plan_meter DROP COLUMN used_up",
                "ALTER TABLE credit_grant DROP COLUMN scope",
            ] {
                try await ledger.run(statement)
            }
            let dialect = ledger.database.dialect
            for statement in Schema.draws { try await ledger.run(dialect.spelled(statement)) }
            #expect(try await ledger.broken() == [])
            // A newer agent names the meter.
            try await agent.ask(spent: 3, hour: 500_001, meter: "calls")
            try await agent.ask(isOver: true)
            #expect(try await ledger.account(of: grant).debits == 5 * 500)
            #expect(try await ledger.broken() == [])
        }
    }
}

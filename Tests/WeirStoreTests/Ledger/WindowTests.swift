import Testing
import WeirBilling
import WeirCore
import WeirStore

extension LedgerTests {
    @Suite struct WindowTests {
        /// A package of calls, and its grant.
        private func package(
            _ amount: Int64, _ kind: LedgerUnderTest.Kind
        ) async throws -> (LedgerUnderTest, grant: String) {
            let ledger = try await LedgerUnderTest(kind)
            return (ledger, try await ledger.place(.package(amount)).lines[0].grant)
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aWindowIsRaisedByDemandAndNotTwiceForALostAnswer(_ kind: LedgerUnderTest.Kind) async throws {
            let (ledger, grant) = try await package(1_000, kind)
            let agent = AgentOnPaper(grant: grant, ledger)
            #expect(try await agent.ask(granted: 0, want: 50).granted == 50)
            #expect(try await agent.ask(granted: 0, want: 50).granted == 50)
            #expect(try await agent.ask(granted: 0, want: 60).granted == 60)
            #expect(try await agent.ask(granted: 60, want: 10).granted == 70)
            let account = try await ledger.account(of: grant)
            #expect((account.pending, account.available) == (70, 930))
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func raisesShrinkNearZeroAndTheLastUnitIsSoldByRecall(_ kind: LedgerUnderTest.Kind) async throws {
            let (ledger, grant) = try await package(100, kind)
            let first = AgentOnPaper(grant: grant, ledger, number: 1)
            let second = AgentOnPaper(grant: grant, ledger, number: 2)
            // No more than half of an even share.
            #expect(try await first.ask(want: 1_000).granted == 50)
            #expect(try await second.ask(want: 1_000).granted == 12)
            #expect(try await first.ask(want: 1_000).granted == 59)
            var most: Int64 = 12
            while true {
                let answer = try await second.ask(want: 1_000)
                if answer.granted == most { break }
                #expect(answer.granted > most && answer.state == .open)
                most = answer.granted
            }
            #expect(try await ledger.account(of: grant).available == 0)
            // The other has 59, and uses 9 of it.
            #expect(try await second.ask(want: 10, need: 10).state == .open)
            #expect(try await first.store.recalls(of: first.incarnation) == [grant])
            let recalled = try await first.ask(spent: 9)
            #expect(recalled.recall)
            #expect(try await !first.ask(returned: 50).recall)
            #expect(try await second.ask(want: 10, need: 10).granted == most + 10)
            // A check that needs more than there is helps nobody with less.
            #expect(try await second.ask(want: 41, need: 41).granted == most + 10)
            #expect(try await second.ask(want: 40, need: 40).granted == most + 50)
            // Both have used all: there is nothing to wait for.
            #expect(try await second.ask(spent: 91, want: 1, need: 1).state == .empty)
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aPurchaseOpensAnEmptyGrantAgain(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let usd = try Currency("USD")
            func top(_ id: String) -> Order {
                .topup(
                    Money(nano: 10, usd), externalID: id, consumer: "con_a", subscription: "sub_a", ceiling: .one,
                    actor: "card")
            }
            let grant = try await ledger.place(top("1")).lines[0].grant
            let agent = AgentOnPaper(grant: grant, ledger)
            try await agent.ask(want: 10, need: 10)
            #expect(try await agent.ask(spent: 10, want: 1, need: 1).state == .empty)
            try await ledger.place(top("2"))
            #expect(try await agent.ask(want: 1, need: 1).granted > 10)
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func whatIsSpentIsSettledOnceAnHourByOneTransfer(_ kind: LedgerUnderTest.Kind) async throws {
            let (ledger, grant) = try await package(1_000, kind)
            let agent = AgentOnPaper(grant: grant, ledger)
            ledger.now = ledger.now / 3_600 * 3_600
            try await agent.ask(want: 400)
            for spent in 1...20 { try await agent.ask(spent: UInt64(spent * 10)) }
            #expect(try await agent.row()?.posted == 0)
            ledger.now += 3_600
            for spent in 21...30 { try await agent.ask(spent: UInt64(spent * 10 - 200)) }
            // The first contact of the hour settled what was known by then.
            #expect(try await agent.row()?.posted == 210)
            ledger.now += 3_600
            while try await agent.store.sweep(now: ledger.now) > 0 {}
            #expect(try await agent.row()?.posted == 300)
            let lines = try await ledger.statement(grant)
            #expect(lines.map(\.amount) == [1_000, -210, -90])
            #expect(lines.allSatisfy { !$0.actor.isEmpty && !$0.reason.isEmpty && !$0.reference.isEmpty })
            let account = try await ledger.account(of: grant)
            #expect((account.settled, account.pending, account.available) == (700, 100, 600))
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aSuccessorSettlesItsPredecessorExactly(_ kind: LedgerUnderTest.Kind) async throws {
            let (ledger, grant) = try await package(1_000, kind)
            let before = AgentOnPaper(grant: grant, ledger, number: 1)
            try await before.ask(want: 400)
            try await before.ask(spent: 50)
            // Killed: the journal knows of 123.
            #expect(try await before.ask(spent: 123, isOver: true).state == .closed)
            let row = try #require(try await before.row())
            #expect((row.state, row.posted, row.granted - row.returned, row.held) == (.closed, 123, 123, 0))
            #expect(try await ledger.account(of: grant).available == 877)
            // The same again, and an old message on top, change nothing.
            try await before.ask(spent: 123, isOver: true)
            #expect(try await before.ask(spent: 50, granted: 0, returned: 300, want: 100).state == .closed)
            #expect(try await ledger.account(of: grant).available == 877)
            #expect(try await ledger.broken() == [])
        }

        /// An agent on a copy of a disk takes the run that it found there for a dead one.
        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aRunThatWasSaidToBeOverAndLivesGoesOnAtTheCostOfItsWindow(_ kind: LedgerUnderTest.Kind) async throws {
            let (ledger, grant) = try await package(1_000, kind)
            let alive = AgentOnPaper(grant: grant, ledger, number: 1)
            let copy = AgentOnPaper(grant: grant, ledger, number: 2)
            try await alive.ask(want: 400, need: 400)
            try await alive.ask(spent: 50)
            _ = try await copy.store.exchange(
                incarnation: copy.incarnation, cells: [], asks: [], over: [alive.incarnation], now: ledger.now)
            // It has spent 80 by then, and hears of it when it asks.
            #expect(try await alive.ask(spent: 80, granted: 400, want: 10, need: 10).state == .closed)
            #expect(try await alive.row()?.shrunk == 30)
            let answer = try await alive.ask(spent: 80, granted: 400, want: 10, need: 10, isAlive: true)
            var row = try #require(try await alive.row())
            #expect((answer.state, row.state, row.due, row.shrunk) == (.open, .open, 50, 30))
            #expect(answer.granted - answer.returned == 80 + row.idle && row.idle >= 10)
            #expect(try await ledger.account(of: grant).available == 950 - row.idle)
            #expect(try await ledger.broken() == [])
            // And it is over when it says so, or its own successor does.
            try await alive.ask(spent: 85, isOver: true)
            row = try #require(try await alive.row())
            #expect((row.state, row.due, row.shrunk) == (.closed, 55, 30))
            #expect(try await ledger.account(of: grant).available == 945)
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func whoObjectsToTheEndOfAGrantHearsThatItHasEnded(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let grant = try await ledger.place(.package(1_000, expiresAt: ledger.now + 100)).lines[0].grant
            let agent = AgentOnPaper(grant: grant, ledger)
            try await agent.ask(want: 400, need: 400)
            try await agent.ask(spent: 50, isOver: true)
            ledger.now += 200
            #expect(try await agent.ask(want: 10, need: 10, isAlive: true).state == .closed)
            #expect(try await agent.row()?.state == .closed)
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aLostDiskIsGivenUpInTheConsumersFavour(_ kind: LedgerUnderTest.Kind) async throws {
            let (ledger, grant) = try await package(1_000, kind)
            let agent = AgentOnPaper(grant: grant, ledger)
            let hour = UInt32(ledger.now / 3_600)
            try await agent.ask(want: 400)
            try await agent.ask(spent: 50)
            ledger.now += 72
            #expect(try await agent.store.sweep(now: ledger.now) == 0)
            #expect(try await agent.row()?.state == .expired)
            #expect(try await ledger.account(of: grant).pending == 400)
            ledger.now += 86_400
            #expect(try await agent.store.sweep(now: ledger.now) == 1)
            #expect(try await agent.store.sweep(now: ledger.now) == 0)
            #expect(try await agent.row()?.state == .abandoned)
            #expect(try await ledger.account(of: grant).available == 950)
            #expect(try await ledger.broken() == [])
            // Found after all: it is counted, and costs the consumer nothing.
            try await agent.ask(spent: 80, hour: hour)
            var row = try #require(try await agent.row())
            #expect((row.spent, row.shrunk, row.due) == (80, 30, 50))
            #expect(try await ledger.account(of: grant).available == 950)
            let shrunk = "SELECT credits_posted - debits_posted FROM account WHERE kind = 'shrink'"
            #expect(try await ledger.number(shrunk) == 30)
            // And if the agent is alive, it goes on: what was shrunk is no room.
            let answer = try await agent.ask(want: 10, need: 10)
            row = try #require(try await agent.row())
            #expect(row.state == .open)
            #expect(answer.granted - answer.returned == 80 + row.idle)
            #expect(row.idle >= 10)
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func anExpiredWindowOfALiveAgentIsOpenAgain(_ kind: LedgerUnderTest.Kind) async throws {
            let (ledger, grant) = try await package(1_000, kind)
            let agent = AgentOnPaper(grant: grant, ledger)
            try await agent.ask(want: 400)
            ledger.now += 3_600
            _ = try await agent.store.sweep(now: ledger.now)
            #expect(try await agent.row()?.state == .expired)
            let answer = try await agent.ask(spent: 10)
            #expect((answer.granted, answer.seconds, answer.state) == (400, 60, .open))
            #expect(try await agent.row()?.state == .open)
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aReportThatIsLessThanItsReservationIsGivenBack(_ kind: LedgerUnderTest.Kind) async throws {
            let (ledger, grant) = try await package(10_000, kind)
            let agent = AgentOnPaper(grant: grant, ledger)
            let hour = UInt32(ledger.now / 3_600)
            try await agent.ask(want: 1_000)
            try await agent.ask(outcomes: [(.admitted, 1_000)])
            ledger.now += 3_600
            try await agent.ask()
            #expect(try await agent.row()?.posted == 1_000)
            // 1,000 were reserved, and 300 used.
            try await agent.ask(hour: hour, outcomes: [(.resolved, 1_000), (.status(200), 300)])
            let row = try #require(try await agent.row())
            #expect((row.spent, row.posted, row.idle) == (300, 300, 700))
            #expect(try await ledger.statement(grant).map(\.amount) == [10_000, -1_000, 700])
            #expect(try await ledger.broken() == [])
            try await agent.ask(hour: hour, outcomes: [(.status(200), 300)], isOver: true)
            #expect(try await ledger.account(of: grant).available == 9_700)
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func oneResponseBeyondTheWindowIsPaidByWhatIsLeftAndTheRestByNobody(_ kind: LedgerUnderTest.Kind) async throws {
            let (ledger, grant) = try await package(1_000, kind)
            let agent = AgentOnPaper(grant: grant, ledger)
            try await agent.ask(want: 100)
            try await agent.ask(spent: 400)
            var row = try #require(try await agent.row())
            #expect((row.granted, row.due, row.shrunk) == (400, 400, 0))
            try await agent.ask(spent: 1_300)
            row = try #require(try await agent.row())
            #expect((row.granted, row.due, row.shrunk) == (1_000, 1_000, 300))
            #expect(try await ledger.broken() == [])
            try await agent.ask(spent: 1_300, isOver: true)
            #expect(try await ledger.account(of: grant).settled == 0)
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func usageThatComesWithoutAnExchangeMovesTheWindow(_ kind: LedgerUnderTest.Kind) async throws {
            let (ledger, grant) = try await package(1_000, kind)
            let agent = AgentOnPaper(grant: grant, ledger)
            try await agent.ask(want: 100)
            let cells = [agent.cell(.admitted, 40, hour: 500_000), agent.cell(.denied(.rate), 9, hour: 500_000)]
            _ = try await UsageStore(ledger.database).merge(cells, of: agent.incarnation, at: ledger.now)
            #expect(try await agent.row()?.spent == 40)
            // Cells that name a grant without a window: nobody lent that.
            let other = AgentOnPaper(grant: grant, ledger, number: 2)
            _ = try await UsageStore(ledger.database).merge(cells, of: other.incarnation, at: ledger.now)
            #expect(try await other.row()?.shrunk == 40)
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func moneyIsSpentAtTheCeilingAndChargedExactly(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let usd = try Currency("USD")
            // 1,000 free, then 7 nano for 3 units, then 1 nano each.
            let price = try PriceFunction(
                .free(
                    1_000,
                    then: .graduated([
                        PriceTier(upTo: 3_000, UnitPrice(Money(nano: 7, usd), per: 3)),
                        PriceTier(upTo: nil, UnitPrice(Money(nano: 1, usd))),
                    ])), in: usd, settled: .prepaid)
            let ceiling = try UnitCeiling(price)
            #expect((ceiling.amount, ceiling.per) == (7, 3))
            let grant = try await ledger.place(
                .topup(
                    Money(nano: 1_000_000, usd), externalID: "t", consumer: "con_a", subscription: "sub_a",
                    ceiling: ceiling,
                    actor: "card")
            ).lines[0].grant
            let prices = OnePrice(price: price)
            let agents = [1, 2].map { AgentOnPaper(grant: grant, ledger, number: $0, prices: prices) }
            let steps: [(Int, UInt64)] = [(0, 900), (1, 700), (0, 1_500), (1, 2_600), (0, 4_001)]
            for (agent, units) in steps {
                try await agents[agent].ask(want: 20_000)
                try await agents[agent].ask(spent: units, hour: 500_000)
                ledger.now += 3_600
                try await agents[agent].ask()
                #expect(try await ledger.broken() == [])
            }
            let total = try price.cost(of: 4_001 + 2_600).whole.nano
            let account = try await ledger.account(of: grant)
            #expect(account.debits == total)
            for agent in agents { try await agent.ask(isOver: true) }
            #expect(try await ledger.account(of: grant).available == 1_000_000 - total)
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func askingForNonsenseIsRefusedByItsField(_ kind: LedgerUnderTest.Kind) async throws {
            let (ledger, grant) = try await package(1_000, kind)
            let agent = AgentOnPaper(grant: grant, ledger)
            for (field, ask) in [
                ("windows[0].want", WindowAsk(grant: grant, granted: 0, returned: 0, want: -1)),
                ("windows[0].granted", WindowAsk(grant: grant, granted: -1, returned: 0, want: 1)),
                ("windows[0].returned", WindowAsk(grant: grant, granted: 0, returned: .max, want: 1)),
                ("windows[0].need", WindowAsk(grant: grant, granted: 0, returned: 0, want: 1, need: .min)),
            ] {
                do throws(StoreError) {
                    _ = try await agent.store.exchange(
                        incarnation: agent.incarnation, cells: [], asks: [ask], now: ledger.now)
                    Issue.record("\(field) was taken")
                } catch {
                    #expect(error.refusal?.field == field)
                }
            }
            let many = Array(
                repeating: WindowAsk(grant: grant, granted: 0, returned: 0, want: 1), count: WindowStore.maximumAsks + 1
            )
            await #expect(throws: StoreError.self) {
                try await agent.store.exchange(incarnation: agent.incarnation, cells: [], asks: many, now: ledger.now)
            }
            // A grant that is none is closed, and costs no row.
            let stranger = AgentOnPaper(grant: "'; DROP TABLE account; --", ledger)
            #expect(try await stranger.ask(spent: 5, want: 5).state == .closed)
            #expect(try await ledger.number("SELECT count(*) FROM credit_window") == 0)
            #expect(try await ledger.broken() == [])
        }
    }
}

/// One price for everything.
struct OnePrice: PriceBook {
    let price: PriceFunction

    func price(
        of meter: String, in contract: String, _ connection: any SQLConnection
    ) throws(StoreError) -> PriceFunction? { price }
}

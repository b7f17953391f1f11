import Testing
import WeirBilling
import WeirCore
import WeirStore

extension LedgerTests {
    /// What is told of grants when little is left of them.
    @Suite struct NoticeTests {
        private func told(_ ledger: LedgerUnderTest) async throws -> [String] {
            try await ledger.run("SELECT kind, detail FROM event WHERE kind LIKE 'grant.%' ORDER BY id").map { row in
                "\(try row.text(0)) \(try row.text(1))"
            }
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func lowAndUsedUpAreToldOnceAndAgainBehindACredit(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let grant = try await ledger.place(.package(100)).lines[0].grant
            let agent = AgentOnPaper(grant: grant, ledger)
            // All of it is usage of one hour.
            let hour = UInt32(ledger.now / 3_600)
            try await agent.ask(want: 100, need: 100)
            try await agent.ask(spent: 80, hour: hour)
            #expect(try await told(ledger) == [])
            try await agent.ask(spent: 81, hour: hour)
            #expect(try await told(ledger) == ["grant.low 19 of 100 calls:calls"])
            // Settling, and whatever comes then, tells it no more.
            ledger.now += 3_600
            try await agent.ask(spent: 82, hour: hour)
            try await agent.ask(spent: 100, hour: hour)
            try await agent.ask(spent: 100, hour: hour, want: 5)
            #expect(
                try await told(ledger) == ["grant.low 19 of 100 calls:calls", "grant.used_up 0 of 100 calls:calls"])
            // A credit of the same grant: 10 more, beside 18 that are used and not settled yet; of these 9 go.
            try await ledger.place(
                Order(
                    externalID: "more", consumer: "con_a", subscription: "sub_a", kind: .adjust,
                    lines: [OrderLine(unit: .meter(.calls, code: "calls"), amount: 10, grant: grant)], actor: "a",
                    reason: "r"))
            #expect(try await told(ledger).count == 2)
            try await agent.ask(want: 10, need: 10)
            try await agent.ask(spent: 109, hour: hour)
            #expect(try await told(ledger).last == "grant.low 1 of 28 calls:calls")
            try await agent.ask(spent: 110, hour: hour)
            #expect(try await told(ledger).count == 4)
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func moneyIsUsedUpWhenItPaysNoUnitAnyMore(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let grant = try await ledger.place(
                .topup(
                    Money(nano: 105, try Currency("USD")), externalID: "1", consumer: "con_a", subscription: "sub_a",
                    ceiling: try UnitCeiling(10), actor: "card")
            ).lines[0].grant
            let agent = AgentOnPaper(grant: grant, ledger)
            try await agent.ask(want: 100, need: 100)
            try await agent.ask(spent: 8)
            #expect(try await told(ledger) == [])
            try await agent.ask(spent: 10)
            #expect(try await told(ledger) == ["grant.low 5 of 105 USD/9", "grant.used_up 5 of 105 USD/9"])
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func whatIsTakenByHandIsTold(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let grant = try await ledger.place(.package(100)).lines[0].grant
            try await ledger.place(
                Order(
                    externalID: "less", consumer: "con_a", subscription: "sub_a", kind: .adjust,
                    lines: [OrderLine(unit: .meter(.calls, code: "calls"), amount: -90, grant: grant)], actor: "a",
                    reason: "r"))
            #expect(try await told(ledger) == ["grant.low 10 of 100 calls:calls"])
        }
    }
}

import Testing
import WeirBilling
import WeirCore
import WeirStore

extension LedgerTests {
    @Suite struct GrantTests {
        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func grantsAreDrawnByPriorityExpiryAndAge(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let end = ledger.now + 1_000_000
            try await ledger.place(.package(1, id: "never"))
            try await ledger.place(.package(2, id: "late", expiresAt: end + 5))
            try await ledger.place(.package(3, id: "last", expiresAt: end, priority: 9))
            ledger.now += 1
            try await ledger.place(.package(4, id: "early", expiresAt: end))
            ledger.now += 1
            try await ledger.place(.package(5, id: "younger", expiresAt: end))
            try await ledger.place(.package(6, id: "first", priority: -1))
            #expect(try await ledger.balances().map(\.account.available) == [6, 4, 5, 2, 1, 3])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func expiryMovesOnlyWhatIsNeitherUsedNorLentAndHappensOnce(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let receipt = try await ledger.place(.package(1_000, expiresAt: ledger.now + 30))
            let grant = receipt.lines[0].grant
            let agent = AgentOnPaper(grant: grant, ledger)
            let answer = try await agent.ask(want: 100)
            #expect(answer.granted == 100)
            // It can be spent for no longer than there is of it.
            #expect(answer.seconds == 30)
            try await agent.ask(spent: 40)
            let expire: @Sendable (Ledger) throws(StoreError) -> Int = { ledger throws(StoreError) in
                try ledger.expire(limit: 100)
            }
            #expect(try await ledger.change(expire) == 0)
            ledger.now += 30
            let moved = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { try await ledger.change(expire) } }
                return try await group.reduce(0, +)
            }
            #expect(moved == 1)
            let expired = "SELECT credits_posted FROM account WHERE kind = 'expired'"
            #expect(try await ledger.number(expired) == 900)
            #expect(try await agent.ask(spent: 55).state == .closed)
            #expect(try await agent.ask(spent: 60, isOver: true).state == .closed)
            #expect(try await ledger.change(expire) == 1)
            #expect(try await ledger.change(expire) == 0)
            #expect(try await ledger.number(expired) == 940)
            #expect(try await ledger.account(of: grant).settled == 0)
            #expect(try await ledger.balances().isEmpty)
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func creditIsAFloorBelowZero(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let unit = LedgerUnit.money(try Currency("USD"))
            func limit(_ amount: Int64) async throws(StoreError) -> CreditGrant {
                try await ledger.change { ledger throws(StoreError) in
                    try ledger.setCreditLimit(amount, of: "sub_a", consumer: "con_a", unit: unit)
                }
            }
            let grant = try await limit(100)
            let agent = AgentOnPaper(grant: grant.id, ledger)
            #expect(try await agent.ask(want: 60, need: 60).granted == 60)
            try await agent.ask(spent: 60)
            #expect(try await agent.ask(want: 60, need: 60).granted == 60)
            ledger.now += 3_600
            try await agent.ask()
            func exposure() async throws(StoreError) -> Exposure {
                try await ledger.change { ledger throws(StoreError) in try ledger.exposure(of: grant.id) }
            }
            var seen = try await exposure()
            #expect((seen.unpaid, seen.unbilled, seen.total, seen.available) == (0, 60, 60, 40))
            // Billed or not, it is owed.
            try await ledger.change { ledger throws(StoreError) in
                try ledger.bill(60, of: grant.id, invoice: "inv_1", actor: "weir")
                try ledger.bill(60, of: grant.id, invoice: "inv_1", actor: "weir")
            }
            seen = try await exposure()
            #expect((seen.unpaid, seen.unbilled, seen.total, seen.available) == (60, 0, 60, 40))
            #expect(try await ledger.broken() == [])
            try await ledger.change { ledger throws(StoreError) in try ledger.setUpstream(30, of: grant.id) }
            seen = try await exposure()
            #expect((seen.total, seen.available) == (90, 10))
            try await ledger.change { ledger throws(StoreError) in try ledger.setUpstream(50, of: grant.id) }
            #expect(try await exposure().available == 0)
            #expect(try await ledger.broken() == [])
            await #expect(throws: StoreError.self) { try await limit(59) }
            #expect(try await limit(200).creditLimit == 200)
            #expect(try await exposure().available == 90)
            // What is paid goes to the bill first, and what is beyond it to the balance.
            let receipt = try await ledger.place(
                .topup(
                    Money(nano: 100, try Currency("USD")), externalID: "t", consumer: "con_a", subscription: "sub_a",
                    ceiling: .one, actor: "bank"))
            #expect(receipt.lines[0].balance == 40)
            seen = try await exposure()
            // Nothing is owed any more: what it cost upstream has been paid for.
            #expect((seen.unpaid, seen.unbilled, seen.available) == (0, 0, 240))
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aRenewalIsCreditedOnceAndNotLentLongBeforeItsPeriod(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            var renewal = try Order.package(100, id: "sub_a/2")
            renewal.kind = .renewal
            renewal.isOfContract = true
            renewal.lines[0].effectiveAt = ledger.now + 600
            renewal.lines[0].expiresAt = ledger.now + 1_200
            let grant = try await ledger.place(renewal).lines[0].grant
            #expect(try await ledger.place(renewal).lines[0].grant == grant)
            let agent = AgentOnPaper(grant: grant, ledger)
            #expect(try await agent.ask(want: 10).state == .empty)
            // Lent a minute before, for agents to have it in hand when it starts.
            ledger.now += 539
            #expect(try await agent.ask(want: 10).granted == 0)
            ledger.now += 1
            #expect(try await agent.ask(want: 10).granted == 10)
            ledger.now += 650
            #expect(try await agent.ask(want: 0).seconds == 10)
            ledger.now += 10
            #expect(try await agent.ask(want: 10).state == .closed)
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func whatAgentsAreToldOfIsEachGrantThatHasChanged(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            func changes(_ version: Int64) async throws(StoreError) -> [String] {
                try await ledger.change { ledger throws(StoreError) in
                    try ledger.changes(since: version).map(\.grant.id)
                }
            }
            for statement in [
                "INSERT INTO provider VALUES ('prv_a', 'a', 'A', 0)",
                """
                INSERT INTO plan VALUES ('pln_a', 'prv_a', 'a', 1, '', 'package', 'USD', NULL, 'bill', 'deny', '', 0, 0, 0, 0)
                """,
                "INSERT INTO consumer VALUES ('con_a', NULL, 'A', '', 'USD', 'UTC', 0, 'active', 0)",
                """
                INSERT INTO subscription VALUES ('sub_a', 'con_a', 'pln_a', 1, 'active', 0, NULL, 'a', 0, 0, 0, NULL, NULL, NULL)
                """,
            ] { try await ledger.run(statement) }
            // One of a contract that the catalogue does not have is nothing to agents.
            try await ledger.place(.package(1, id: "stray", subscription: "sub_stray"))
            let package = try await ledger.place(.package(100, expiresAt: ledger.now + 10)).lines[0].grant
            let first = try await ledger.number("SELECT version FROM policy_version")
            let other = try await ledger.place(.package(100, id: "2")).lines[0].grant
            #expect(try await changes(0) == [package, other])
            #expect(try await changes(first) == [other])
            ledger.now += 10
            try await ledger.change { ledger throws(StoreError) in _ = try ledger.expire(limit: 10) }
            #expect(try await changes(first) == [other, package])
            #expect(try await changes(0) == [other])
            #expect(Set(try await ledger.balances().map(\.grant.policyUnit)) == ["calls"])
        }

        @Test func noSourceChangesOrRemovesATransfer() throws {
            let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
            for file in try SourceFiles.swift(under: "/\(root)/Sources/WeirStore") {
                let text = try SourceFiles.text(file)
                #expect(!text.contains("UPDATE transfer") && !text.contains("DELETE FROM transfer"), "\(file)")
            }
        }
    }
}

import Synchronization
import Testing
import WeirBilling
import WeirCore
import WeirStore

extension LedgerTests {
    @Suite struct FsckTests {
        /// A ledger in which something of everything has happened.
        private func busy(_ kind: LedgerUnderTest.Kind) async throws -> LedgerUnderTest {
            let ledger = try await LedgerUnderTest(kind)
            let usd = try Currency("USD")
            let grant = try await ledger.place(.package(1_000, expiresAt: ledger.now + 100_000)).lines[0].grant
            let money = try await ledger.place(
                .topup(
                    Money(nano: 1_000, usd), externalID: "t", consumer: "con_a", subscription: "sub_a",
                    ceiling: try UnitCeiling(5, per: 2), actor: "card")
            ).lines[0].grant
            let first = AgentOnPaper(grant: grant, ledger, number: 1)
            let second = AgentOnPaper(grant: grant, ledger, number: 2)
            let third = AgentOnPaper(grant: money, ledger, number: 3)
            for agent in [first, second, third] {
                try await agent.ask(want: 100)
                try await agent.ask(spent: 20)
            }
            ledger.now += 3_600
            for agent in [first, third] { try await agent.ask() }
            try await second.ask(spent: 10, isOver: true)
            try await second.ask(spent: 15)
            for statement in Self.contracts { try await ledger.run(statement) }
            return ledger
        }

        /// A subscription in its second period.
        private static let contracts = [
            "INSERT INTO provider (id, slug, name, created_at) VALUES ('prv_f', 'f', 'F', 0)",
            """
            INSERT INTO plan (id, provider_id, code, number, source, mode, currency, unreported, outage, rules, created_at, version)
            VALUES ('pln_f', 'prv_f', 'f', 1, '', 'subscription', 'USD', 'bill', 'deny', '', 0, 0)
            """,
            """
            INSERT INTO consumer (id, name, email, currency, zone, credit_limit_nano, state, created_at)
            VALUES ('con_f', 'F', '', 'USD', 'UTC', 0, 'active', 0)
            """,
            """
            INSERT INTO subscription (id, consumer_id, plan_id, period, state, starts_at, accepted_by, accepted_at, created_at, version)
            VALUES ('sub_f', 'con_f', 'pln_f', 2, 'active', 0, 'f', 0, 0, 0)
            """,
            """
            INSERT INTO subscription_state (id, anchor, following, is_paused, is_lapsed, withdrawals, revision)
            VALUES ('sub_f', 0, '', 0, 0, 0, 1)
            """,
            """
            INSERT INTO contract (id, subscription_id, number, plan_id, starts_at, ends_at, whole_start, is_trial, closed_at)
            VALUES ('sub_f/1', 'sub_f', 1, 'pln_f', 0, 5, 0, 0, 5), ('sub_f/2', 'sub_f', 2, 'pln_f', 5, 9, 5, 0, NULL)
            """,
        ]

        /// A charge of that subscription.
        private static func charge(order: String) -> String {
            """
            INSERT INTO contract_charge (id, contract_id, kind, nano, remainder, denominator, service_start, service_end, order_id,
                made_at) VALUES ('chg_f', 'sub_f/2', 'fee', 7, 0, 1, 5, 9, '\(order)', 5)
            """
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aLedgerThatWasOnlyUsedIsSound(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await busy(kind)
            let report = try await Fsck(ledger.database).run()
            #expect(report.isSound)
            #expect(report.findings == [])
            #expect(report.checks.count == 31)
            // Nothing is over yet that would be invoiced.
            #expect(report.counts.allSatisfy { $0.rows > 0 || $0.table == "invoice" })
        }

        /// What somebody does to the database by hand, and which check has to notice.
        static let damages: [(check: String, statements: [String])] = [
            ("usage-hour", ["UPDATE usage_hour SET calls = calls + 1 WHERE outcome = 1"]),
            ("usage-hour", ["DELETE FROM usage_hour WHERE hour = (SELECT max(hour) FROM usage_hour)"]),
            ("L3-spent", ["UPDATE cell SET units = units + 1 WHERE outcome = 1"]),
            ("L5-windows", ["DELETE FROM credit_window WHERE state = 'closed'"]),
            ("L5-usage", ["UPDATE usage_hour SET units = units + 1 WHERE outcome = 1"]),
            ("L1-balanced", ["UPDATE account SET credits_posted = credits_posted + 1 WHERE kind = 'earned'"]),
            ("L1-columns", ["UPDATE account SET debits_posted = debits_posted + 1 WHERE kind = 'issue'"]),
            ("L1-columns", ["UPDATE account SET entries = entries + 1 WHERE kind = 'cash'"]),
            ("L1-columns", ["DELETE FROM transfer WHERE code = 'draw'"]),
            ("L1-columns", ["UPDATE transfer SET amount = amount + 1 WHERE code = 'purchase'"]),
            ("L1-ledgers", ["UPDATE transfer SET ledger = 'EUR/9' WHERE code = 'topup'"]),
            ("L1-chain", ["UPDATE transfer SET credit_balance = credit_balance + 1 WHERE code = 'topup'"]),
            ("L1-chain", ["UPDATE transfer SET debit_entry = debit_entry + 9 WHERE code = 'draw'"]),
            (
                "L1-pending",
                ["UPDATE account SET debits_pending = debits_pending - 1 WHERE kind = 'grant' AND debits_pending > 0"]
            ),
            ("L2-floor", ["UPDATE account SET floor = floor - 1 WHERE kind = 'grant'"]),
            ("L2-floor", ["UPDATE credit_grant SET credit_limit = 7"]),
            ("L3-window", ["UPDATE credit_window SET returned = returned - 1 WHERE state = 'closed'"]),
            ("L3-posted", ["UPDATE credit_window SET posted = posted - 1, freed = freed + 1 WHERE posted > 0"]),
            (
                "L3-ceiling",
                [
                    "UPDATE credit_window SET units = units + 1 WHERE grant_id IN (SELECT id FROM credit_grant WHERE ceiling_per = 1)"
                ]
            ),
            ("L3-ceiling", ["UPDATE window_draw SET ceiling_nano = ceiling_nano + 1"]),
            ("L3-draws", ["UPDATE window_draw SET units = units + 1"]),
            ("L3-paid", ["UPDATE credit_window SET granted = granted + 100000 WHERE state = 'open'"]),
            ("L4-expiry", ["UPDATE credit_grant SET closed_at = 1 WHERE kind = 'package'"]),
            ("L5-draws", ["UPDATE transfer SET code = 'adjust' WHERE code = 'draw'"]),
            ("L5-rated", ["UPDATE rated SET posted = posted + 1"]),
            ("L6-reasons", ["UPDATE transfer SET reason = '' WHERE code = 'draw'"]),
            ("L6-orders", ["DELETE FROM order_line WHERE line = 0"]),
            ("L6-orders", ["UPDATE orders SET amount = amount + 1 WHERE kind = 'purchase'"]),
            ("C1-contracts", ["UPDATE contract SET number = 3 WHERE number = 2"]),
            ("C1-contracts", ["UPDATE contract SET starts_at = 4 WHERE number = 2"]),
            ("C1-running", ["UPDATE subscription SET period = 1"]),
            ("C1-running", ["UPDATE contract SET closed_at = 9 WHERE number = 2"]),
            ("C2-fees", [charge(order: "")]),
            ("C2-purchases", [charge(order: "ord_nothing")]),
        ]

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func whatIsBrokenByHandIsFound(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await busy(kind)
            for damage in Self.damages {
                let findings = await findings(of: damage.statements, in: ledger)
                let finding = findings.first { $0.check == damage.check }
                #expect(finding != nil, "\(damage): \(findings.map(\.check))")
                #expect(finding?.row.isEmpty == false && finding?.values.isEmpty == false)
            }
            #expect(try await ledger.broken() == [])
        }

        /// What is found when statements have run, which are then taken back.
        private func findings(of statements: [String], in ledger: LedgerUnderTest) async -> [FsckFinding] {
            let found = Mutex<[FsckFinding]>([])
            do throws(StoreError) {
                try await ledger.database.write { connection throws(StoreError) in
                    for statement in statements { _ = try connection.run(statement) }
                    let findings = try Fsck.report(connection).findings
                    found.withLock { $0 = findings }
                    throw StoreError(.refused, "taken back")
                }
            } catch {
                #expect(error.code == .refused, "\(statements): \(error)")
            }
            return found.withLock { $0 }
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func everyCheckHasADamageThatItFinds(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let report = try await Fsck(ledger.database).run()
            let damages = Self.damages.map(\.check) + InvoiceMoneyTests.damages.map(\.check)
            #expect(Set(report.checks.map(\.name)) == Set(damages))
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func theDatabaseItselfRefusesTheWorst(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await busy(kind)
            for statement in [
                "UPDATE account SET debits_pending = debits_pending + 100000 WHERE kind = 'grant'",
                "UPDATE account SET debits_posted = credits_posted + 1 WHERE kind = 'grant'",
                "UPDATE account SET floor = NULL WHERE kind = 'grant'",
                "UPDATE credit_window SET posted = spent + 1",
                "UPDATE credit_window SET spent = granted + 1",
                "UPDATE transfer SET amount = 0",
                "UPDATE transfer SET credit_id = debit_id",
            ] {
                await #expect(throws: StoreError.self) { try await ledger.run(statement) }
            }
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aDatabaseOfAnotherVersionIsNotChecked(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await busy(kind)
            try await ledger.run("UPDATE schema_version SET version = version + 1")
            await #expect(throws: StoreError.self) { try await Fsck(ledger.database).run() }
            try await ledger.run("UPDATE schema_version SET version = 1")
            await #expect(throws: StoreError.self) { try await Fsck(ledger.database).run() }
            try await ledger.run("DROP TABLE schema_version")
            await #expect(throws: StoreError.self) { try await Fsck(ledger.database).run() }
        }
    }
}

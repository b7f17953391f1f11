import Foundation
import Testing
import WeirBilling
import WeirStore

extension LedgerTests {
    @Suite struct OrderTests {
        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aPackageIsCreditedAndItsPriceEarned(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let receipt = try await ledger.place(.package(1_000))
            #expect(receipt.lines.map(\.amount) == [1_000])
            #expect(receipt.lines.map(\.balance) == [1_000])
            #expect(receipt.amount == 5_000_000_000)
            #expect(try await ledger.account(of: receipt.lines[0].grant).available == 1_000)
            let earned =
                "SELECT credits_posted FROM account WHERE kind = 'earned' AND ledger = 'USD/9' AND owner = 'con_a'"
            #expect(try await ledger.number(earned) == 5_000_000_000)
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aRepeatedOrderChangesNothingAndGivesTheSameReceipt(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let first = try await ledger.place(.package(1_000, expiresAt: ledger.now + 1_000))
            try await ledger.place(.package(7, id: "order-2"))
            ledger.now += 60
            // It comes later, so it would end later: that is no other content.
            let again = try await ledger.place(.package(1_000, expiresAt: ledger.now + 1_000))
            #expect(again == first)
            #expect(try await ledger.number("SELECT count(*) FROM transfer") == 4)
            #expect(try await ledger.balances().map(\.account.available).sorted() == [7, 1_000])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func anOrderIdThatWasUsedForSomethingElseIsRefusedByTheField(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let order = try Order.package(1_000)
            try await ledger.place(order)
            func refused(_ change: (inout Order) throws -> Void) async throws -> String? {
                var other = order
                try change(&other)
                return await ledger.refusal(of: other)
            }
            let usd = try Currency("USD")
            #expect(try await refused { $0.lines[0].amount = 1_001 } == "lines[0].amount")
            #expect(try await refused { $0.lines[0].unit = .meter(.calls, code: "other") } == "lines[0].unit")
            #expect(try await refused { $0.price = Money(nano: 1, usd) } == "price.amount")
            #expect(
                try await refused { $0.price = Money(nano: 5_000_000_000, try Currency("EUR")) } == "price.currency")
            #expect(try await refused { $0.subscription = "sub_b" } == "subscription")
            #expect(try await refused { $0.kind = .renewal } == "kind")
            #expect(try await refused { $0.lines.append($0.lines[0]) } == "lines")
            #expect(try await ledger.number("SELECT count(*) FROM transfer") == 2)
            // Ids are the consumer's own.
            #expect(try await refused { $0.consumer = "con_b" } == nil)
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func whatIsWrongIsRefusedByItsFieldAndNothingIsWritten(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let now = ledger.now
            let usd = try Currency("USD")
            let changes: [(String, (inout Order) throws -> Void)] = [
                ("external_id", { $0.externalID = "" }),
                ("external_id", { $0.externalID = String(repeating: "x", count: 201) }),
                // What the next period's grant is ordered under.
                ("external_id", { $0.externalID = "sub_a/2" }),
                ("consumer", { $0.consumer = "a\u{0}b" }),
                ("subscription", { $0.subscription = "" }),
                ("actor", { $0.actor = "" }),
                ("reason", { $0.reason = "two\nlines" }),
                ("lines", { $0.lines = [] }),
                ("lines", { $0.lines = Array(repeating: $0.lines[0], count: 33) }),
                ("price.amount", { $0.price = Money(nano: -1, usd) }),
                ("price.amount", { $0.price = Money(nano: .max, usd) }),
                ("lines[0].amount", { $0.lines[0].amount = 0 }),
                ("lines[0].amount", { $0.lines[0].amount = -1 }),
                ("lines[0].amount", { $0.lines[0].amount = .max }),
                ("lines[0].expires_at", { $0.lines[0].expiresAt = now }),
                (
                    "lines[0].expires_at",
                    {
                        $0.lines[0].effectiveAt = now + 10; $0.lines[0].expiresAt = now + 10
                    }
                ),
                ("lines[0].grant", { $0.lines[0].grant = "grt_x" }),
                ("lines[0].refund", { $0.lines[0].isRefund = true }),
                ("price", { $0.kind = .trial }),
                ("lines[0].unit", { $0.kind = .topup }),
                (
                    "price.amount",
                    {
                        $0.kind = .topup; $0.price = nil
                    }
                ),
                (
                    "lines[0].grant",
                    {
                        $0.kind = .adjust; $0.price = nil
                    }
                ),
                (
                    "lines[0].grant",
                    {
                        $0.kind = .adjust; $0.price = nil; $0.lines[0].grant = "' OR 1=1 --"
                    }
                ),
            ]
            for (field, change) in changes {
                var order = try Order.package(1_000)
                try change(&order)
                #expect(await ledger.refusal(of: order) == field)
            }
            let top = Order.topup(
                Money(nano: 5, usd), externalID: "t", consumer: "con_a", subscription: "sub_a", ceiling: .one,
                actor: "a")
            var other = top
            other.lines[0].unit = .money(try Currency("EUR"))
            #expect(await ledger.refusal(of: other) == "lines[0].unit")
            other = top
            other.lines[0].amount = 6
            #expect(await ledger.refusal(of: other) == "lines[0].amount")
            other = top
            other.lines[0].expiresAt = now + 9
            #expect(await ledger.refusal(of: other) == "lines[0].expires_at")
            for table in ["orders", "order_line", "account", "transfer", "credit_grant"] {
                #expect(try await ledger.number("SELECT count(*) FROM \(table)") == 0)
            }
        }

        @Test func ledgersAreUnitsOfMoneyOrOfMeters() throws {
            for name in ["USD/9", "JPY/9", "calls:search", "bytes_out:a.b-c_d", "units:x"] {
                #expect(try LedgerUnit(name).name == name)
            }
            for name in [
                "", "USD", "usd/9", "XXX/9", "calls", "calls:", "calls:9", "calls:a b", "bytes:x", "calls:\u{e9}",
            ] {
                #expect(throws: StoreError.self) { try LedgerUnit(name) }
            }
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func textsAreKeptAsTheyAre(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let text = #"'; DROP TABLE transfer; -- "../..\ %s $1 ☃"#
            var order = try Order.package(10, id: text)
            (order.consumer, order.subscription, order.actor, order.reason) = (text, text, text, text)
            let receipt = try await ledger.place(order)
            #expect(receipt.externalID == text)
            let line = try await ledger.statement(receipt.lines[0].grant)[0]
            #expect(line.actor == text && line.reason == text)
            #expect(try await ledger.balances(text).map(\.grant.subscription) == [text])
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func theSameOrderFromManyAtOnceCountsOnce(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let order = try Order.package(1_000)
            let receipts = try await withThrowingTaskGroup(of: OrderReceipt.self) { group in
                for _ in 0..<16 { group.addTask { try await ledger.place(order) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(receipts.map(\.id)).count == 1)
            #expect(try await ledger.balances().map(\.account.available) == [1_000])
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func topUpsAddToOneBalance(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let usd = try Currency("USD")
            func top(_ amount: Int64, _ id: String) -> Order {
                .topup(
                    Money(nano: amount, usd), externalID: id, consumer: "con_a", subscription: "sub_a", ceiling: .one,
                    actor: "card")
            }
            let first = try await ledger.place(top(10_000, "t1"))
            let second = try await ledger.place(top(5_000, "t2"))
            try await ledger.place(top(10_000, "t1"))
            #expect(first.lines[0].grant == second.lines[0].grant)
            #expect(second.lines[0].balance == 15_000)
            let lines = try await ledger.statement(first.lines[0].grant)
            #expect(lines.map(\.amount) == [10_000, 5_000])
            #expect(lines.map(\.before) == [0, 10_000])
            #expect(lines.map(\.after) == [10_000, 15_000])
            #expect(lines.map(\.code) == ["topup", "topup"])
            let later = try await ledger.change { ledger throws(StoreError) in
                try ledger.statement(of: first.lines[0].grant, after: 1, limit: 10)
            }
            #expect(later == [lines[1]])
            #expect(try await ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func adjustmentsGoBothWaysAndNeverBelowTheFloor(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let usd = try Currency("USD")
            let balance = try await ledger.place(
                .topup(
                    Money(nano: 100, usd), externalID: "t", consumer: "con_a", subscription: "sub_a", ceiling: .one,
                    actor: "card"))
            func adjust(_ amount: Int64, _ id: String, refund: Bool = false) -> Order {
                Order(
                    externalID: id, consumer: "con_a", subscription: "sub_a", kind: .adjust,
                    lines: [
                        OrderLine(
                            unit: .money(usd), amount: amount, grant: balance.lines[0].grant, isRefund: refund)
                    ], actor: "support", reason: "goodwill")
            }
            #expect(try await ledger.place(adjust(20, "a1")).lines[0].balance == 120)
            #expect(try await ledger.place(adjust(-50, "a2")).lines[0].balance == 70)
            #expect(try await ledger.place(adjust(-60, "a3", refund: true)).lines[0].balance == 10)
            #expect(await ledger.refusal(of: adjust(-11, "a4")) == "lines[0].amount")
            var foreign = adjust(1, "a5")
            foreign.consumer = "con_b"
            #expect(await ledger.refusal(of: foreign) == "lines[0].grant")
            #expect(
                try await ledger.statement(balance.lines[0].grant).map(\.code) == [
                    "topup", "adjust", "adjust", "refund",
                ])
            #expect(try await ledger.broken() == [])
        }
    }
}

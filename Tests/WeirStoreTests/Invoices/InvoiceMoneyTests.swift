import Testing
import WeirBilling
import WeirCore
import WeirStore

extension LedgerTests {
    /// What balances, credit and payments have to do with invoices.
    @Suite struct InvoiceMoneyTests {
        private let april = InvoicesUnderTest.april
        private let may = (start: InvoicesUnderTest.april.end, end: InvoicesUnderTest.april.end + 31 * 86_400)
        private static let postpaid =
            "plan o\nof weather\nmode postpaid\ncurrency USD\nperiod month\nprice calls per unit 0.01\ncredit limit 100.00\n"
        private static let payg = "plan g\nof weather\nmode payg\ncurrency USD\nprice calls per unit 0.01\n"
        private static let subscription =
            "plan p\nof weather\nmode subscription\ncurrency USD\nfee 30.00\nperiod month\nprice calls per unit 0.004\n"

        /// One who has a hundred dollars of credit.
        private func debtor(_ kind: LedgerUnderTest.Kind) async throws -> (shop: InvoicesUnderTest, grant: String) {
            let shop = try await InvoicesUnderTest(kind, Self.postpaid)
            try await shop.contract()
            try await shop.contract(2, from: may.start, to: may.end)
            let (subscription, consumer, ceiling) = (shop.subscription, shop.consumer, try shop.ceiling)
            let grant = try await shop.ledger.change { ledger throws(StoreError) in
                try ledger.setCreditLimit(
                    100_000_000_000, of: subscription, consumer: consumer, unit: try LedgerUnit("USD/9"),
                    ceiling: ceiling
                ).id
            }
            return (shop, grant)
        }

        private func exposure(_ shop: InvoicesUnderTest, _ grant: String) async throws -> Exposure {
            try await shop.ledger.change { ledger throws(StoreError) in try ledger.exposure(of: grant) }
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func postPaidUsageIsBilledAndPaidByATopUp(_ kind: LedgerUnderTest.Kind) async throws {
            let (shop, grant) = try await debtor(kind)
            #expect(try await shop.topUp("10.00 USD") == grant)
            try await shop.draw(3_000, grant, at: april.start)
            // The next period has begun when the first one is billed.
            shop.ledger.now = may.start + 60
            try await shop.draw(500, grant, at: may.start, contract: 2)
            try await shop.send([], promise: .before(april.end))
            #expect(try await shop.sweep() == ["ACME-000001"])
            let stored = try await shop.invoice("ACME-000001")
            #expect(stored.lines == ["usage calls 0-3000 30.00", "paid calls -10.00"])
            #expect(stored.invoice.lines[1].draws.map(\.grant) == [grant])
            var exposure = try await exposure(shop, grant)
            #expect(exposure.unpaid == 20_000_000_000 && exposure.unbilled == 5_000_000_000)
            #expect(try await shop.list().map(\.state) == [.open])
            #expect(try await shop.list().map(\.unpaid) == [20_000_000_000])
            try await shop.topUp("15.00 USD", order: "t2")
            #expect(try await shop.list(.init(state: .open)).map(\.unpaid) == [5_000_000_000])
            try await shop.topUp("6.00 USD", order: "t3")
            #expect(try await shop.list(.init(state: .open)) == [])
            #expect(try await shop.list(.init(consumer: shop.consumer, state: .paid)).map(\.number) == ["ACME-000001"])
            exposure = try await self.exposure(shop, grant)
            #expect(exposure.unpaid == 0 && exposure.unbilled == 4_000_000_000)
            // The second one bills what is owed behind that.
            try await shop.send([], promise: .over)
            #expect(try await shop.sweep(at: may.end) == ["ACME-000002"])
            #expect(try await shop.invoice("ACME-000002").lines == ["usage calls 0-500 5.00", "paid calls -1.00"])
            exposure = try await self.exposure(shop, grant)
            #expect(exposure.unpaid == 4_000_000_000 && exposure.unbilled == 0)
            for number in ["ACME-000001", "ACME-000002"] { #expect(try await shop.differences(number) == []) }
            #expect(try await shop.ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func whatABalanceHasPaidIsShownAndLateUsageIsPaidByItToo(_ kind: LedgerUnderTest.Kind) async throws {
            let shop = try await InvoicesUnderTest(kind, Self.payg)
            try await shop.contract()
            let grant = try await shop.topUp("5.00 USD")
            try await shop.draw(120, grant, at: april.start)
            try await shop.send([], promise: .before(april.end))
            #expect(try await shop.sweep(at: april.end + 600) == ["ACME-000001"])
            let stored = try await shop.invoice("ACME-000001")
            #expect(stored.lines == ["usage calls 0-120 1.20", "paid calls -1.20"] && stored.invoice.total.nano == 0)
            #expect(try await shop.list().map(\.state) == [.paid])
            try await shop.contract(2, from: may.start, to: may.end)
            try await shop.draw(150, grant, at: april.start)
            try await shop.draw(1, grant, at: may.start, contract: 2, run: 2)
            for run in 1...2 as ClosedRange<UInt64> { try await shop.send([], run: run, promise: .over) }
            #expect(try await shop.sweep(at: may.end) == ["ACME-000002"])
            #expect(
                try await shop.invoice("ACME-000002").lines == [
                    "usage calls 0-1 0.01", "paid calls -0.01", "adjustment calls 120-150 0.30", "paid calls -0.30",
                ])
            for number in ["ACME-000001", "ACME-000002"] { #expect(try await shop.differences(number) == []) }
            #expect(try await shop.ledger.broken() == [])
        }

        /// What was reported when its window had been given up is nobody's to pay, on the invoice neither.
        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func whatWasGivenUpIsNotInvoiced(_ kind: LedgerUnderTest.Kind) async throws {
            let shop = try await InvoicesUnderTest(kind, Self.payg)
            try await shop.contract()
            let grant = try await shop.topUp("5.00 USD")
            try await shop.draw(100, grant, at: april.start)
            // No window: what nobody had lent.
            try await shop.send([shop.cell(40, grant, at: april.start)], run: 9, promise: .over)
            try await shop.send([], promise: .over)
            #expect(try await shop.sweep(at: april.end) == ["ACME-000001"])
            #expect(try await shop.invoice("ACME-000001").lines == ["usage calls 0-100 1.00", "paid calls -1.00"])
            #expect(try await shop.differences("ACME-000001") == [])
            #expect(try await shop.ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func whatIsUsedBeyondAllGrantsIsOwed(_ kind: LedgerUnderTest.Kind) async throws {
            let shop = try await InvoicesUnderTest(kind, Self.subscription)
            try await shop.contract()
            try await shop.charge(1, ExactAmount(Money("30 USD")))
            try await shop.send([shop.cell(1_000, "invoice/calls", at: april.start)], promise: .over)
            #expect(try await shop.sweep(at: april.end) == ["ACME-000001"])
            #expect(try await shop.invoice("ACME-000001").lines == ["fee 30.00", "usage calls 0-1000 4.00"])
            #expect(try await shop.list(.init(state: .open)).map(\.unpaid) == [34_000_000_000])
            try await shop.pay("30.00 USD")
            #expect(try await shop.list(.init(state: .open)).map(\.unpaid) == [4_000_000_000])
            #expect(try await shop.ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aPurchaseIsInvoicedAtOnce(_ kind: LedgerUnderTest.Kind) async throws {
            let text = "plan k\nof weather\nmode package\ncurrency USD\nfee 5.00\ngrant 1000 calls\n"
            let shop = try await InvoicesUnderTest(kind, text)
            try await shop.contract(to: nil)
            var orders: [String] = []
            for number in 1...2 {
                let order = try await shop.ledger.place(
                    .package(1_000, id: "o\(number)", consumer: shop.consumer, subscription: shop.subscription))
                orders.append(order.id)
                try await shop.charge(
                    1, ExactAmount(Money("5 USD")), to: april.start + Int64(number), order: order.id)
            }
            #expect(try await shop.sweep() == ["ACME-000001", "ACME-000002"])
            #expect(try await shop.sweep() == [])
            let stored = try await shop.invoice("ACME-000001")
            #expect(stored.lines == ["fee 5.00", "paid -5.00"] && stored.invoice.total.nano == 0)
            #expect(stored.invoice.lines[1].draws.map(\.grant) == [orders.sorted()[0]])
            #expect(stored.invoice.text().contains("Paid with the order"))
            #expect(try await shop.list().map(\.state) == [.paid, .paid])
            for number in ["ACME-000001", "ACME-000002"] { #expect(try await shop.differences(number) == []) }
            #expect(try await shop.ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func whatRoundingLeavesIsOnTheNextInvoice(_ kind: LedgerUnderTest.Kind) async throws {
            let shop = try await InvoicesUnderTest(kind, Self.subscription)
            var lines: [[String]] = []
            for number in 1...4 as ClosedRange<Int64> {
                let start = april.start + (number - 1) * 86_400
                try await shop.contract(number, from: start, to: start + 86_400)
                try await shop.send(
                    [shop.cell(1, "invoice/calls", at: start, contract: number)],
                    promise: .before(start + 86_400))
                let issued = try await shop.sweep(at: start + 86_400)
                lines.append(try await shop.invoice(try #require(issued.first)).lines)
                #expect(try await shop.differences(issued[0]) == [])
            }
            #expect(lines.flatMap(\.self).map { $0.suffix(4) } == ["0.00", "0.01", "0.00", "0.01"])
            #expect(try await shop.ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aChangeInMidPeriodIsAFeeAndWhatOfItIsGivenBack(_ kind: LedgerUnderTest.Kind) async throws {
            let shop = try await InvoicesUnderTest(kind, Self.subscription)
            let change = april.start + 7 * 86_400
            try await shop.contract(to: change)
            try await shop.charge(1, ExactAmount(Money("30 USD")))
            try await shop.charge(1, ExactAmount(Money("-23 USD")), from: change)
            #expect(try await shop.sweep(at: change) == ["ACME-000001"])
            let stored = try await shop.invoice("ACME-000001")
            #expect(stored.lines == ["fee 30.00", "credit -23.00"])
            #expect(stored.invoice.lines.map(\.serviceStart) == [april.start, change])
            #expect(stored.invoice.lines.map(\.serviceEnd) == [april.end, april.end])
            #expect(try await shop.differences("ACME-000001") == [])
            #expect(try await shop.ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aPreviewIsWhatTheInvoiceWillBeAndStoresNothing(_ kind: LedgerUnderTest.Kind) async throws {
            let (shop, grant) = try await debtor(kind)
            try await shop.topUp("10.00 USD")
            try await shop.draw(3_000, grant, at: april.start)
            let consumer = shop.consumer
            let previews = try await shop.store().read(shop.ledger.now) { invoices throws(StoreError) in
                try invoices.preview(of: try invoices.catalogue.consumer(consumer, field: "consumer")).map(\.invoice)
            }
            #expect(try await shop.ledger.number("SELECT count(*) FROM invoice") == 0)
            #expect(previews.map(\.total.figure) == ["20.00"] && previews.map { "\($0.number)" } == ["PREVIEW-000001"])
            try await shop.send([], promise: .over)
            try await shop.sweep(at: april.end)
            #expect(try await shop.invoice("ACME-000001").invoice.lines == previews[0].lines)
        }

        /// A response that is larger than what is left: nobody pays the rest, and nobody is told that he will.
        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aPreviewDoesNotAskForWhatTheBalanceDidNotHave(_ kind: LedgerUnderTest.Kind) async throws {
            let shop = try await InvoicesUnderTest(kind, Self.payg)
            try await shop.contract()
            let grant = try await shop.topUp("1.00 USD")
            try await shop.draw(150, grant, at: april.start)
            let consumer = shop.consumer
            let previews = try await shop.store().read(shop.ledger.now) { invoices throws(StoreError) in
                try invoices.preview(of: try invoices.catalogue.consumer(consumer, field: "consumer")).map(\.invoice)
            }
            #expect(previews.map(\.total.figure) == ["0.00"])
            try await shop.send([], promise: .over)
            try await shop.sweep(at: april.end)
            #expect(try await shop.invoice("ACME-000001").lines == ["usage calls 0-150 1.50", "paid calls -1.50"])
            #expect(try await shop.invoice("ACME-000001").invoice.lines == previews[0].lines)
            #expect(try await shop.ledger.broken() == [])
        }

        /// What somebody does to an invoice by hand, and which check has to notice.
        static let damages: [(check: String, statement: String)] = [
            ("I1-total", "UPDATE invoice_line SET amount = amount + 10000000 WHERE line = 2"),
            ("I7-sealed", "DELETE FROM invoice_line WHERE kind = 'granted'"),
            ("I2-carry", "UPDATE invoice_line SET carried_nano = carried_nano + 1 WHERE kind = 'usage'"),
            ("I3-numbers", "UPDATE invoice_series SET last = last + 1"),
            ("I4-charges", "UPDATE invoice_line SET charge_id = NULL"),
            ("I5-units", "UPDATE invoice_line SET units_to = units_to + 1 WHERE kind = 'usage'"),
            ("I6-billed", "UPDATE invoice_drawn SET billed = billed - 1"),
            ("I7-sealed", "UPDATE invoice_line SET units_to = units_to - 1 WHERE kind = 'usage'"),
            ("I7-sealed", "UPDATE invoice_line SET plan_version = 2"),
            ("I7-sealed", "UPDATE invoice SET consumer = 'Somebody else'"),
            ("I7-sealed", "UPDATE invoice_draw SET amount = amount + 1"),
            ("I7-sealed", "UPDATE invoice_line SET service_end = service_end + 1 WHERE kind = 'fee'"),
        ]

        @Test(arguments: LedgerUnderTest.Kind.allCases, damages)
        func nothingOfAnInvoiceIsChangedWithoutNotice(
            _ kind: LedgerUnderTest.Kind, _ damage: (check: String, statement: String)
        ) async throws {
            let (shop, grant) = try await debtor(kind)
            try await shop.charge(1, ExactAmount(Money("2 USD")))
            let calls = try await shop.grant(100)
            try await shop.draw(50, calls, at: april.start)
            try await shop.draw(3_000, grant, at: april.start)
            try await shop.send([], promise: .over)
            #expect(try await shop.sweep(at: april.end) == ["ACME-000001"])
            #expect(try await shop.ledger.broken() == [])
            if damage.statement.hasPrefix("DELETE") { try await shop.ledger.run("DELETE FROM invoice_draw") }
            try await shop.ledger.run(damage.statement)
            let report = try await Fsck(shop.ledger.database).run()
            #expect(report.findings.map(\.check).contains(damage.check), "\(report.findings.map(\.check))")
            if damage.statement.contains("units_to") || damage.statement.contains("plan_version") {
                #expect(try await shop.differences("ACME-000001") != [])
            }
        }
    }
}

import Testing
import WeirBilling
import WeirCore
import WeirStore

extension LedgerTests {
    /// When invoices are issued, and by whom.
    @Suite struct InvoiceClosingTests {
        private static let plan =
            "plan p\nof weather\nmode subscription\ncurrency USD\nfee 5.00\nperiod month\nprice calls per unit 0.01\n"
        private let april = InvoicesUnderTest.april

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aPeriodClosesWhenEveryAgentIsPastItsEnd(_ kind: LedgerUnderTest.Kind) async throws {
            let shop = try await InvoicesUnderTest(kind, Self.plan)
            try await shop.contract()
            ledger(shop, at: april.end - 60)
            try await shop.send([shop.cell(100, "invoice/calls", at: april.end - 1)])
            // One that has counted nothing of it, and one that is over.
            try await shop.send([], run: 2)
            try await shop.send([], run: 3)
            try await shop.send([], run: 3, promise: .over)
            #expect(try await shop.sweep(at: april.end + 60) == [])
            try await shop.send([], promise: .before(april.end + 3_600))
            #expect(try await shop.sweep(at: april.end + 4_000) == [])
            // A promise never goes back.
            try await shop.send([], promise: .before(april.end - 3_600))
            try await shop.send([], run: 2, promise: .before(april.end - 3_600))
            #expect(try await shop.sweep(at: april.end + 4_100) == [])
            try await shop.send([], run: 2, promise: .before(april.end))
            #expect(try await shop.sweep(at: april.end + 4_200) == ["ACME-000001"])
            let stored = try await shop.invoice("ACME-000001")
            #expect(stored.lines == ["usage calls 0-100 1.00"] && stored.invoice.missing == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func whoIsMissingAtTheGraceLimitIsNamedAndBilledLater(_ kind: LedgerUnderTest.Kind) async throws {
            let shop = try await InvoicesUnderTest(kind, Self.plan)
            try await shop.contract()
            try await shop.send([shop.cell(100, "invoice/calls", at: april.end - 7_200)])
            try await shop.send([], promise: .before(april.end))
            ledger(shop, at: april.end - 7_200)
            try await shop.send(
                [shop.cell(7, "invoice/calls", at: april.end - 7_200)], run: 2,
                promise: .before(april.end - 3_600))
            // It is heard of, and says nothing more.
            ledger(shop, at: april.end + 80_000)
            try await shop.send([], run: 2)
            #expect(try await shop.sweep(at: april.end + 86_399) == [])
            #expect(try await shop.sweep(at: april.end + 86_400) == ["ACME-000001"])
            let first = try await shop.invoice("ACME-000001")
            #expect(first.lines == ["usage calls 0-107 1.07"])
            #expect(
                first.invoice.missing == [
                    PeriodClosing.Agent(
                        name: "edge-2", incarnation: InvoicesUnderTest.run(2).hex, watermark: april.end - 3_600)
                ])
            // What it still had is an adjustment of the next one, with its own service period.
            ledger(shop, at: april.end + 90_000)
            try await shop.send(
                [shop.cell(50, "invoice/calls", at: april.end - 1)], run: 2)
            #expect(try await shop.differences("ACME-000001") == [])
            let may = (start: april.end, end: april.end + 31 * 86_400)
            try await shop.contract(2, from: may.start, to: may.end)
            try await shop.send([shop.cell(10, "invoice/calls", at: may.end - 1, contract: 2)])
            try await shop.send([], promise: .before(may.end))
            try await shop.send([], run: 2, promise: .over)
            #expect(try await shop.sweep(at: may.end + 600) == ["ACME-000002"])
            let second = try await shop.invoice("ACME-000002")
            #expect(second.lines == ["usage calls 0-10 0.10", "adjustment calls 107-157 0.50"])
            let late = second.invoice.lines[1]
            #expect(late.contract == shop.name(1) && (late.serviceStart, late.serviceEnd) == april)
            #expect(try await shop.differences("ACME-000001") == [])
            #expect(try await shop.differences("ACME-000002") == [])
            #expect(try await shop.invoice("ACME-000001") == first)
            #expect(try await shop.ledger.broken() == [])
        }

        private func ledger(_ shop: InvoicesUnderTest, at instant: Int64) { shop.ledger.now = instant }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func oneThatIsSilentForLongIsNamedAndNotWaitedFor(_ kind: LedgerUnderTest.Kind) async throws {
            let shop = try await InvoicesUnderTest(kind, Self.plan)
            try await shop.contract()
            try await shop.contract(2, from: april.end, to: april.end + 30 * 86_400)
            try await shop.send([shop.cell(7, "invoice/calls", at: april.start)], run: 2)
            ledger(shop, at: april.end)
            try await shop.send([shop.cell(3, "invoice/calls", at: april.end, contract: 2)])
            try await shop.send([], promise: .before(april.end + 30 * 86_400))
            #expect(try await shop.sweep(at: april.end + 60) == ["ACME-000001"])
            #expect(try await shop.invoice("ACME-000001").invoice.missing.map(\.name) == ["edge-2"])
            // It was not heard of since the next one began, so it has no part in it.
            #expect(try await shop.sweep(at: april.end + 30 * 86_400) == ["ACME-000002"])
            #expect(try await shop.invoice("ACME-000002").invoice.missing == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func agentsThatSayNothingAreWaitedFor(_ kind: LedgerUnderTest.Kind) async throws {
            let shop = try await InvoicesUnderTest(kind, Self.plan)
            try await shop.contract()
            ledger(shop, at: april.end - 1)
            // As agents of before send it.
            _ = try await UsageStore(shop.ledger.database).merge(
                [shop.cell(7, "invoice/calls", at: april.end - 1)], of: InvoicesUnderTest.run(4), at: april.end - 1)
            #expect(try await shop.sweep(at: april.end + 3_600) == [])
            #expect(try await shop.sweep(at: april.end + 3_600, grace: 3_600) == ["ACME-000001"])
            let missing = try await shop.invoice("ACME-000001").invoice.missing
            #expect(missing.map(\.watermark) == [nil] && missing.map(\.name) == ["00000000"])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func aCollectorThatHasForgottenTakesNoPromise(_ kind: LedgerUnderTest.Kind) async throws {
            let shop = try await InvoicesUnderTest(kind, Self.plan)
            try await shop.contract()
            ledger(shop, at: april.end)
            // The agent has delivered 41 batches; the database knows of none.
            try await shop.send([], delivery: 42, promise: .before(april.end))
            #expect(try await shop.sweep(at: april.end + 60) == [])
            try await shop.send(
                [shop.cell(3, "invoice/calls", at: april.start)], delivery: 43, promise: .before(april.end))
            #expect(try await shop.sweep(at: april.end + 61) == ["ACME-000001"])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func severalCollectorsAtOnceIssueEachInvoiceOnce(_ kind: LedgerUnderTest.Kind) async throws {
            let shop = try await InvoicesUnderTest(kind, Self.plan)
            for number in 1...12 as ClosedRange<Int64> {
                let start = april.start + (number - 1) * 86_400
                try await shop.contract(number, from: start, to: start + 86_400)
                try await shop.charge(number, ExactAmount(Money("5 USD")), from: start, to: start + 86_400)
            }
            try await shop.send([], promise: .over)
            ledger(shop, at: april.end)
            let now = april.end
            let issued = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<4 {
                    let store = shop.store()
                    group.addTask {
                        let swept = try await store.sweep(now: now)
                        #expect(swept.failures == [])
                        return swept.issued
                    }
                }
                var all: [String] = []
                for try await numbers in group { all += numbers }
                return all
            }
            #expect(issued.sorted() == (1...12).map { "ACME-\($0 < 10 ? "00000" : "0000")\($0)" })
            #expect(try await shop.ledger.number("SELECT count(*) FROM event WHERE kind = 'invoice.issued'") == 12)
            #expect(try await shop.ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func thereIsNoInvoiceOfNothing(_ kind: LedgerUnderTest.Kind) async throws {
            let shop = try await InvoicesUnderTest(kind, Self.plan)
            try await shop.contract(trial: true)
            try await shop.charge(1, .zero(Currency("USD")))
            #expect(try await shop.sweep(at: april.end) == [])
            #expect(try await shop.ledger.number("SELECT count(*) FROM invoice_closing") == 1)
            // What came of it after all is on the next one.
            try await shop.send([shop.cell(40, "invoice/calls", at: april.start)], promise: .over)
            try await shop.contract(2, from: april.end, to: april.end + 86_400)
            #expect(try await shop.sweep(at: april.end + 86_400) == ["ACME-000001"])
            #expect(try await shop.invoice("ACME-000001").lines == ["adjustment calls 0-40 0.40"])
            #expect(try await shop.ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func whatComesLateToOneThatHasEndedHasAnInvoiceOfItsOwn(_ kind: LedgerUnderTest.Kind) async throws {
            let shop = try await InvoicesUnderTest(kind, Self.plan)
            try await shop.contract()
            try await shop.send([shop.cell(40, "invoice/calls", at: april.start)], promise: .over)
            #expect(try await shop.sweep(at: april.end) == ["ACME-000001"])
            ledger(shop, at: april.end + 100)
            try await shop.send([shop.cell(50, "invoice/calls", at: april.start)])
            #expect(try await shop.sweep(at: april.end + 86_000) == [])
            #expect(try await shop.sweep(at: april.end + 86_500) == ["ACME-000002"])
            #expect(try await shop.invoice("ACME-000002").lines == ["adjustment calls 40-50 0.10"])
            #expect(try await shop.sweep(at: april.end + 90_000) == [])
            ledger(shop, at: april.end + 100_000)
            // Less than was reserved: it is given back.
            try await shop.send(
                [
                    shop.cell(50, "invoice/calls", at: april.start, .resolved),
                    shop.cell(30, "invoice/calls", at: april.start, .status(200)),
                ])
            // It is billed more than was used until the next invoice, and nothing is broken by that.
            #expect(try await shop.ledger.broken() == [])
            #expect(try await shop.sweep(at: april.end + 190_000) == ["ACME-000003"])
            #expect(try await shop.invoice("ACME-000003").lines == ["adjustment calls 50-30 -0.20"])
            #expect(try await shop.list().map(\.state) == [.open, .open, .credit])
            for number in 1...3 { #expect(try await shop.differences("ACME-00000\(number)") == []) }
            #expect(try await shop.ledger.broken() == [])
        }

        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func longSlugsAreSeriesOfTheirOwn(_ kind: LedgerUnderTest.Kind) async throws {
            let first = try await InvoicesUnderTest(kind, Self.plan, slug: "a-provider-with-a-long-name-1")
            let text = Self.plan.replacing("plan p", with: "plan q").replacing("of weather", with: "of maps")
            let second = try await InvoicesUnderTest(
                kind, text, slug: "a-provider-with-a-long-name-2", on: first.ledger)
            var numbers: [String] = []
            for shop in [first, second] {
                try await shop.contract()
                try await shop.charge(1, ExactAmount(Money("5 USD")))
                numbers += try await shop.sweep(at: april.end)
            }
            #expect(
                Set(numbers).count == 2
                    && numbers.allSatisfy { $0.hasPrefix("A-PROVIDER-WI") && $0.hasSuffix("-000001") })
            #expect(try await first.ledger.broken() == [])
        }
    }
}

import Testing
import WeirBilling
import WeirCore
import WeirStore

extension LedgerTests {
    /// What a seller stands to lose by post-paid use, with what it has cost him already.
    @Suite struct ExposureTests {
        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func useThatIsNotPaidForHoldsWhatItHasCostUpstream(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let dollar = try Currency("USD")
            try await ledger.run(
                "INSERT INTO provider (id, slug, name, created_at) VALUES ('prv_a', 'acme', 'Acme', 0)")
            for (slug, currency) in [("weather", "USD"), ("tides", "EUR")] {
                try await ledger.run(
                    """
                    INSERT INTO product (id, provider_id, slug, name, docs_url, listed, hosts, cost_currency, cost_nano, cost_per,
                        created_at, version)
                    VALUES ('prd_\(slug)', 'prv_a', '\(slug)', '\(slug)', '', 1, '', '\(currency)', 1, 2, 0, 1)
                    """)
            }
            let grant = try await ledger.change { ledger throws(StoreError) in
                try ledger.setCreditLimit(1_000, of: "sub_a", consumer: "con_a", unit: .money(dollar))
            }
            let agent = AgentOnPaper(grant: grant.id, ledger)
            #expect(try await agent.ask(want: 200, need: 200).granted == 200)
            // 101 calls of the product whose cost is in dollars; the other's is in another currency, and Weir does not convert.
            for (slug, calls) in [("weather", 101), ("tides", 50)] as [(String, UInt64)] {
                var dimensions = Dimensions()
                (dimensions.contract, dimensions.grant, dimensions.product) = ("sub_a/1", grant.id, slug)
                let cell = Cell(
                    key: Hash128(deriving: slug), dimensions: dimensions, hour: UInt32(ledger.now / 3_600),
                    outcome: .admitted, totals: Totals(calls: calls, units: calls))
                _ = try await agent.store.exchange(
                    incarnation: agent.incarnation, cells: [cell], asks: [], now: ledger.now)
            }
            func exposure() async throws(StoreError) -> Exposure {
                try await ledger.change { ledger throws(StoreError) in try ledger.exposure(of: grant.id) }
            }
            func pay(_ amount: Int64, _ order: String) async throws(StoreError) {
                try await ledger.place(
                    .topup(
                        Money(nano: amount, dollar), externalID: order, consumer: "con_a", subscription: "sub_a",
                        ceiling: .one, actor: "bank"))
            }
            ledger.now += 3_600
            try await agent.ask(returned: 49)
            var seen = try await exposure()
            #expect((seen.unpaid, seen.unbilled, seen.upstream, seen.total) == (0, 151, 51, 202))
            #expect(seen.available == 1_000 - 202)
            // A third of it is paid: a third less is at risk.
            try await pay(50, "first")
            seen = try await exposure()
            #expect((seen.unbilled, seen.upstream, seen.available) == (101, 35, 1_000 - 136))
            // Billed or not, it is owed.
            try await ledger.change { ledger throws(StoreError) in
                try ledger.bill(101, of: grant.id, invoice: "inv_1", actor: "weir")
            }
            #expect(try await exposure().total == 136)
            try await pay(101, "second")
            seen = try await exposure()
            #expect((seen.total, seen.available) == (0, 1_000))
            #expect(try await ledger.broken() == [])
        }
    }
}

import Testing
import WeirBilling
import WeirStore
import WeirTestSupport

/// Subscriptions of a database that had no periods.
@Suite struct ContractMigrationTests {
    typealias Kind = LedgerUnderTest.Kind

    /// A database as it was before: one contract for each subscription, without an end, and no state.
    private func age(_ shop: ContractsUnderTest) async throws {
        let (database, dialect) = (shop.ledger.database, shop.ledger.database.dialect)
        try await database.changeSchema { connection throws(StoreError) in
            for statement in [
                "DROP TABLE subscription_state", "ALTER TABLE subscription DROP COLUMN next_period",
                "ALTER TABLE subscription DROP COLUMN next_from", "ALTER TABLE subscription DROP COLUMN next_plan_id",
                "UPDATE contract SET ends_at = NULL, closed_at = NULL",
                "UPDATE contract SET closed_at = 1, ends_at = 1 WHERE subscription_id IN (SELECT id FROM subscription WHERE state = 'ended')",
            ] + Schema.subscriptions { _ = try connection.run(dialect.spelled(statement)) }
        }
    }

    @Test(arguments: Kind.allCases) func theyGoOnFromThePeriodThatRuns(_ kind: Kind) async throws {
        let shop = try await ContractsUnderTest(kind, at: "2026-01-10T00:00:00Z")
        try await shop.publish(ContractsUnderTest.text(fee: "0", period: "month from 1 in UTC", "grant 310 calls"))
        try await shop.publish("plan k\nof weather\nmode package\ncurrency USD\nfee 5.00\ngrant 1000 calls\n")
        let (id, package) = (try await shop.subscribe(to: "p"), try await shop.subscribe(to: "k"))
        let (ended, later) = (
            try await shop.subscribe(to: "p"),
            try await shop.subscribe(to: "p", starts: instant("2026-07-01T00:00:00Z"))
        )
        _ = try await shop.change { contracts throws(StoreError) in try contracts.cancel(ended, .now) }
        let order = try await shop.change { contracts throws(StoreError) in
            try contracts.buy(package, order: "one").receipt
        }
        try await age(shop)
        // Orders are what they were.
        #expect(
            try await shop.change { contracts throws(StoreError) in try contracts.buy(package, order: "one").receipt }
                == order)
        #expect(try await shop.detail(id).contract.end == nil)
        try await shop.go(to: "2026-05-20T00:00:00Z")
        let adopted = try await shop.detail(id)
        #expect(try adopted.contract.number == 2 && adopted.contract.end == instant("2026-06-01T00:00:00Z"))
        // Nothing is charged or granted for what was before.
        #expect(try await shop.charges(id) == [])
        try await shop.go(to: "2026-06-01T00:00:00Z")
        #expect(try await shop.detail(id).contract.number == 3)
        #expect(
            try await shop.grants().filter { $0.grant.isLive(at: shop.now) && $0.grant.subscription == id }.map(
                \.account.available) == [310])
        #expect(try await shop.detail(package).contract.end == nil)
        #expect(try await shop.detail(ended).standing == .ended)
        #expect(try await shop.contracts(ended).count == 1)
        #expect(try await shop.contracts(later).map(\.endsAt) == [instant("2026-08-01T00:00:00Z")])
        #expect(try await shop.broken() == [])
    }
}

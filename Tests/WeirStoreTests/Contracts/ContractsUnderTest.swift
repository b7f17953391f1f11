import Foundation
import Testing
import WeirBilling
import WeirCalendar
import WeirStore
import WeirTestSupport

/// Seconds since 1970 of `2026-03-29T01:00:00Z`.
func instant(_ text: String) throws -> Int64 { Int64(try Date(text, strategy: .iso8601).timeIntervalSince1970) }

/// A database with a product, plans and one consumer, and a clock that the test moves.
final class ContractsUnderTest: Sendable {
    let ledger: LedgerUnderTest
    static let clock = PeriodCalendar()

    init(_ kind: LedgerUnderTest.Kind, at now: String) async throws {
        ledger = try await LedgerUnderTest(kind)
        ledger.now = try instant(now)
        try await catalogue { catalogue throws(StoreError) in
            let provider = try catalogue.add(ProviderRow(slug: "acme", name: "Acme"))
            _ = try catalogue.add(
                ProductRow(
                    providerID: provider.id, slug: "weather", name: "weather", docsURL: "", isListed: true, hosts: "",
                    costCurrency: "USD", costNano: 0, costPer: 1))
            _ = try catalogue.add(
                ConsumerRow(
                    externalID: "ada", name: "Ada", email: "", currency: "", zone: "UTC", creditLimitNano: 0,
                    state: .active))
        }
    }

    var now: Int64 {
        get { ledger.now }
        set { ledger.now = newValue }
    }

    /// Moves the clock to a time, and does what is due by then.
    func go(to text: String) async throws { try await go(to: instant(text)) }

    func go(to instant: Int64) async throws {
        now = instant
        try await keepHouse()
    }

    func keepHouse() async throws {
        while true {
            let done = try await store.advance(limit: 10, now: now)
            #expect(done.failures == [])
            if done.count < 10 { return }
        }
    }

    var store: ContractStore { ContractStore(ledger.database, identifier: ledger.identifier, clock: Self.clock) }

    // MARK: Asking and changing

    @discardableResult
    func catalogue<Result: Sendable>(
        _ body: @escaping @Sendable (Catalogue) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        let (now, identifier) = (now, ledger.identifier)
        return try await ledger.database.write { connection throws(StoreError) in
            try body(Catalogue(connection, now: now, identifier: identifier))
        }
    }

    @discardableResult
    func change<Result: Sendable>(
        _ body: @escaping @Sendable (Contracts) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        try await catalogue { catalogue throws(StoreError) in
            try body(Contracts(catalogue, clock: Self.clock, actor: "shop"))
        }
    }

    /// The refusal of a change.
    func refusal(_ body: @escaping @Sendable (Contracts) throws(StoreError) -> Void) async -> Refusal? {
        do throws(StoreError) {
            try await change(body)
            return nil
        } catch {
            return error.refusal
        }
    }

    /// Publishes a plan, and answers it as the model has it.
    @discardableResult
    func publish(_ text: String) async throws -> Plan {
        let plan = try PlanText.parse(text).plan
        let mode = try #require(PlanRow.Mode(rawValue: plan.mode.rawValue))
        let row = try await catalogue { catalogue throws(StoreError) in
            try catalogue.publish(
                try catalogue.keep(
                    Catalogue.PlanDraft(
                        plan: PlanRow(
                            providerID: "", code: plan.code, number: 0, source: text, mode: mode,
                            currency: plan.currency.code, feeNano: plan.fee?.nano, unreported: .bill, outage: "deny",
                            rules: ""), products: ["weather"],
                        meters: plan.meters.map { ($0, mode == .payg ? 500 : 0, 1, "") })
                ).plan
            ).plan
        }
        return plan.published(as: row.number)
    }

    /// A subscription of dollars and calls.
    static func text(
        _ code: String = "p", fee: String = "30", period: String = "month from 1 in Asia/Shanghai",
        _ more: String = "grant 3000 calls"
    ) -> String {
        "plan \(code)\nof weather\nmode subscription\ncurrency USD\nfee \(fee)\nperiod \(period)\n\(more)\n"
    }

    func subscribe(to plan: String, starts: Int64? = nil, ends: Int64? = nil) async throws -> String {
        try await change { contracts throws(StoreError) in
            try contracts.start(
                try contracts.catalogue.consumer("ada", field: "consumer"), on: plan, version: 1, by: "Ada",
                starts: starts, ends: ends
            ).id
        }
    }

    func pay(_ amount: String?, of subscription: String, order: String) async throws -> OrderReceipt {
        let money = try amount.map { try Money(figure: $0, Currency("USD")) }
        return try await change { contracts throws(StoreError) in
            try contracts.pay(money, of: subscription, order: order, reason: "payment").receipt
        }
    }

    // MARK: What there is

    func detail(_ id: String) async throws -> SubscriptionDetail {
        try await change { contracts throws(StoreError) in
            try contracts.detail(try contracts.catalogue.subscription(id))
        }
    }

    func contracts(_ id: String) async throws -> [ContractRow] {
        try await catalogue { catalogue throws(StoreError) in
            try catalogue.list(ContractRow.self, where: [("subscription_id", .text(id))], limit: 1_000)
        }.sorted { $0.number < $1.number }
    }

    /// Fees and credits in the order of their contracts, as `2 -20.00 USD`; exact.
    func charges(_ id: String) async throws -> [String] {
        let usd = try Currency("USD")
        let numbers = Dictionary(uniqueKeysWithValues: try await contracts(id).map { ($0.id, $0.number) })
        let rows = try await catalogue { catalogue throws(StoreError) in
            try catalogue.list(ChargeRow.self, limit: 10_000)
        }
        return try rows.filter { numbers[$0.contractID] != nil }
            .sorted { (numbers[$0.contractID] ?? 0, $1.nano) < (numbers[$1.contractID] ?? 0, $0.nano) }
            .map { "\(numbers[$0.contractID] ?? 0) \(try $0.amount(in: usd))" }
    }

    /// Grants as `3000 calls from 5 to 9, 3000 left`, those that are over apart.
    func grants() async throws -> [GrantBalance] {
        try await catalogue { catalogue throws(StoreError) in
            try catalogue.ledger.balances(of: try catalogue.consumer("ada", field: "consumer").id)
        }
    }

    /// What agents are told of a subscription.
    func told(_ id: String) async throws -> Catalogue.Contract {
        let changes = try await catalogue { catalogue throws(StoreError) in try catalogue.changes(since: 0) }
        return try #require(changes.contracts.first { $0.subscription.id == id })
    }

    func events() async throws -> [String] {
        try await catalogue { catalogue throws(StoreError) in
            try catalogue.events(of: nil, after: 0, limit: 1_000).map(\.kind)
        }
    }

    func broken() async throws -> [String] { try await ledger.broken() }
}

import Testing
import WeirBilling
import WeirStore
import WeirTestSupport

/// What is due, overdue and paid, on every database.
@Suite struct FeeLedgerTests {
    typealias Kind = LedgerUnderTest.Kind

    @Test(arguments: Kind.allCases) func overdueIsDeniedUntilItIsPaid(_ kind: Kind) async throws {
        let shop = try await ContractsUnderTest(kind, at: "2026-04-01T00:00:00Z")
        try await shop.publish(ContractsUnderTest.text(period: "month", "grant 10 calls\noverdue grace 3 days"))
        let (start, id) = (shop.now, try await shop.subscribe(to: "p"))
        let limit = start + 3 * 86_400
        #expect(try await shop.store.nextLook() == limit)
        try await shop.go(to: limit - 1)
        #expect(try await shop.told(id).state == .active)
        try await shop.go(to: limit)
        #expect(try await shop.told(id).state == .overdue)
        _ = try await shop.pay("10.00", of: id, order: "part")
        #expect(try await shop.told(id).state == .overdue)
        #expect(try await shop.detail(id).due == Money("20 USD"))
        #expect(try await shop.detail(id).dueSince == start)
        let tooMuch = await shop.refusal { contracts throws(StoreError) in
            let money = Money(nano: 20_000_000_001, contracts.usd)
            _ = try contracts.pay(money, of: id, order: "much", reason: "x")
        }
        #expect(tooMuch?.field == "amount" && tooMuch?.detail.contains("at most 20.00 USD") == true)
        let paid = try await shop.pay("20.00", of: id, order: "rest")
        #expect(try await shop.told(id).state == .active)
        #expect(try await shop.detail(id).dueSince == nil)
        #expect(try await shop.pay("20.00", of: id, order: "rest") == paid)
        let other = await shop.refusal { contracts throws(StoreError) in
            _ = try contracts.pay(Money(nano: 5, contracts.usd), of: id, order: "rest", reason: "x")
        }
        #expect(other?.kind == .conflict)
        let none = await shop.refusal { contracts throws(StoreError) in
            _ = try contracts.pay(Money(nano: 5, contracts.usd), of: id, order: "more", reason: "x")
        }
        #expect(none?.detail.contains("nothing is due") == true)
        #expect(
            try await shop.events().filter { ["subscription.overdue", "subscription.paid"].contains($0) }
                == ["subscription.overdue", "subscription.paid", "subscription.paid"])
        #expect(try await shop.broken() == [])
    }

    @Test(arguments: Kind.allCases) func theOldestIsPaidFirst(_ kind: Kind) async throws {
        let shop = try await ContractsUnderTest(kind, at: "2026-04-01T00:00:00Z")
        try await shop.publish(ContractsUnderTest.text(period: "month", "grant 10 calls\noverdue grace 90 days"))
        let id = try await shop.subscribe(to: "p")
        try await shop.go(to: "2026-06-02T00:00:00Z")
        #expect(try await shop.detail(id).due == Money("90 USD"))
        for (amount, since) in [
            ("29.99", "2026-04-01T00:00:00Z"), ("0.01", "2026-05-01T00:00:00Z"), ("45", "2026-06-01T00:00:00Z"),
        ] {
            _ = try await shop.pay(amount, of: id, order: amount)
            #expect(try await shop.detail(id).dueSince == instant(since))
        }
        #expect(try await shop.broken() == [])
    }

    /// Nobody pays for periods that nobody could use; a payment begins one of its own.
    @Test(arguments: Kind.allCases) func whatIsNotPaidLapsesAndBeginsAgain(_ kind: Kind) async throws {
        let shop = try await ContractsUnderTest(kind, at: "2026-04-01T00:00:00Z")
        try await shop.publish(ContractsUnderTest.text(period: "month", "grant 10 calls\noverdue grace 3 days"))
        let id = try await shop.subscribe(to: "p")
        try await shop.go(to: "2026-04-30T23:55:00Z")
        #expect(try await shop.told(id).subscription.next == nil)
        try await shop.go(to: "2026-08-01T00:00:00Z")
        #expect(try await shop.charges(id) == ["1 30.00 USD"])
        #expect(try await shop.told(id).state == .overdue)
        #expect(try await shop.store.nextLook() == nil)
        #expect(try await shop.events().contains("subscription.lapsed"))
        try await shop.go(to: "2026-08-10T12:00:00Z")
        _ = try await shop.pay("30.00", of: id, order: "late")
        let again = try await shop.detail(id)
        #expect(again.contract.number == 2 && again.contract.start == shop.now && again.standing == .active)
        #expect(try again.contract.end == instant("2026-09-10T12:00:00Z") && again.due == Money("30 USD"))
        #expect(try await shop.charges(id) == ["1 30.00 USD", "2 30.00 USD"])
        #expect(try await shop.broken() == [])
    }

    /// Without a grace a fee is paid in advance.
    @Test(arguments: Kind.allCases) func withoutAGraceItIsDeniedUntilPaid(_ kind: Kind) async throws {
        let shop = try await ContractsUnderTest(kind, at: "2026-04-01T00:00:00Z")
        try await shop.publish(ContractsUnderTest.text(period: "month", "grant 10 calls"))
        let id = try await shop.subscribe(to: "p")
        #expect(try await shop.told(id).state == .overdue)
        let receipt = try await shop.pay(nil, of: id, order: "april")
        #expect(receipt.amount == 30_000_000_000 && receipt.kind == .payment)
        #expect(try await shop.pay(nil, of: id, order: "april") == receipt)
        #expect(try await shop.told(id).state == .active)
        let twice = await shop.refusal { contracts throws(StoreError) in
            _ = try contracts.pay(nil, of: id, order: "again", reason: "x")
        }
        #expect(twice?.detail.contains("is paid") == true)
        // The next one has to be paid first, too: nobody is told that it begins.
        try await shop.go(to: "2026-04-30T23:59:59Z")
        #expect(try await shop.told(id).subscription.next == nil)
        #expect(try await shop.told(id).state == .active)
        try await shop.go(to: "2026-05-01T00:00:00Z")
        #expect(try await shop.told(id).state == .overdue)
        #expect(try await shop.detail(id).contract.number == 2)
        _ = try await shop.pay(nil, of: id, order: "may")
        #expect(try await shop.told(id).state == .active)
        #expect(try await shop.broken() == [])
    }

    /// What was given back pays for the next fee.
    @Test(arguments: Kind.allCases) func aCreditWaitsForTheNextFee(_ kind: Kind) async throws {
        let shop = try await ContractsUnderTest(kind, at: "2026-04-01T00:00:00Z")
        try await shop.publish(ContractsUnderTest.text("p", period: "month in UTC", "grant 10 calls"))
        try await shop.publish(ContractsUnderTest.text("cheap", fee: "3", period: "month in UTC", "grant 1 calls"))
        let id = try await shop.subscribe(to: "p")
        _ = try await shop.pay(nil, of: id, order: "april")
        try await shop.go(to: "2026-04-11T00:00:00Z")
        _ = try await shop.change { contracts throws(StoreError) in
            try contracts.change(id, to: "cheap", version: 1, when: .now)
        }
        // 20 given back, 2 charged.
        #expect(try await shop.detail(id).due == Money("-18 USD"))
        try await shop.go(to: "2026-07-02T00:00:00Z")
        #expect(try await shop.detail(id).due == Money("-9 USD"))
        #expect(try await shop.told(id).state == .active)
        #expect(try await shop.broken() == [])
    }

    /// Fsck finds a fee that somebody has changed.
    @Test(arguments: Kind.allCases) func fsckComparesFeesWithWhatIsReceivable(_ kind: Kind) async throws {
        let shop = try await ContractsUnderTest(kind, at: "2026-04-01T00:00:00Z")
        try await shop.publish(ContractsUnderTest.text(period: "month", "grant 10 calls\noverdue grace 9 days"))
        let id = try await shop.subscribe(to: "p")
        #expect(try await shop.broken() == [])
        try await shop.ledger.run("UPDATE contract_charge SET nano = nano - 1")
        #expect(try await shop.broken().first?.hasPrefix("C2-fees: subscription \(id)") == true)
        try await shop.ledger.run("UPDATE contract_charge SET nano = nano + 1")
        try await shop.ledger.run("UPDATE contract SET number = 2")
        #expect(try await shop.broken().map { $0.prefix { $0 != ":" } } == ["C1-contracts", "C1-running"])
    }
}

extension Contracts {
    var usd: Currency { (try? Currency("USD")) ?? { preconditionFailure("a currency") }() }
}

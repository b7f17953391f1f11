import Testing
import WeirCore

/// Periods that are known before they begin, and what they grant.
@Suite struct NextPeriodTests {
    private typealias Sold = SoldThings
    private static let words = "host=api.example.com path=/v1/forecast/x api_key=\(Sold.key(20))"
    private static let contract = Sold.id(10).text(RecordID.subscription)

    private static func subscription(next: SubscriptionRecord.Next?, products: [UInt64] = [1]) -> PolicyRecord {
        .subscription(
            SubscriptionRecord(
                id: Sold.id(10), consumer: Sold.id(100), plan: Sold.id(4), period: 9,
                products: products.map { Sold.id($0) }, state: .active, from: 0, until: nil, next: next))
    }

    private static func next(from: Int64, plan: UInt64 = 4, products: [UInt64] = [1]) -> SubscriptionRecord.Next {
        SubscriptionRecord.Next(
            period: 10, from: from, plan: Sold.id(plan), products: products.map { Sold.id($0) })
    }

    private static func grant(_ number: UInt64, from: Int64 = 0, until: Int64) -> PolicyRecord {
        .grant(
            GrantRecord(
                id: Sold.id(number), subscription: Sold.id(10), unit: "calls", priority: 0, created: 0, until: until,
                state: .open, from: from))
    }

    private static func shop(_ more: [PolicyRecord]) -> [PolicyRecord] {
        [
            Sold.product(1, "weather", hosts: ["api.example.com"]), Sold.product(2, "maps", hosts: ["maps"]),
            Sold.route(3, of: 1, "forecast", "/v1/forecast*"), Sold.plan(4, "starter"), Sold.plan(5, "large"),
            Sold.key(20, of: 100),
        ] + more
    }

    @Test func fieldsOfTheNextPeriodComeBackAndMayBeMissing() throws {
        let record = Self.subscription(next: Self.next(from: 99, plan: 5, products: [1, 2]))
        let lines = String(decoding: Sold.document(from: 0, to: 1, [record]), as: UTF8.self)
        #expect(lines.split(separator: "\n")[1].split(separator: "\t", omittingEmptySubsequences: false).count == 13)
        let grant = Self.grant(30, from: 99, until: 200)
        for document in [
            Sold.document(from: 0, to: 1, [record, grant]),
            Sold.document(from: 0, to: 1, [Self.subscription(next: nil), Self.grant(30, until: 200)]),
        ] {
            var read: [PolicyRecord] = []
            _ = try document.withBytes { bytes throws(PolicyDocumentError) in
                try PolicyDocumentReader.read(bytes) { record, _ in read.append(record) }
            }
            #expect(Sold.document(from: 0, to: 1, read) == document)
        }
        let book = try ContractBook.whole(Self.shop([record, grant]))
        #expect(book.grants(of: Sold.id(10)).map(\.from) == [99])
        // What the next period refers to has to be there, and is let go with it.
        #expect(throws: PolicyDocumentError.self) {
            try ContractBook.whole(Self.shop([Self.subscription(next: Self.next(from: 99, plan: 77))]))
        }
        let kept = try book.changed([Self.subscription(next: nil)])
        #expect(try kept.changed([.gone(.plan, Sold.id(5)), .gone(.product, Sold.id(2))]).subscriptionCount == 1)
        #expect(throws: PolicyDocumentError.self) { try book.changed([.gone(.plan, Sold.id(5))]) }
        var backwards = Self.next(from: 99)
        backwards.period = 9
        #expect(throws: PolicyDocumentError.self) { try book.changed([Self.subscription(next: backwards)]) }
    }

    @Test func usageIsOfTheNextPeriodFromItsFirstSecondOn() throws {
        let harness = try LimiterHarness("")
        harness.open()
        let start = harness.now.wallMicroseconds / 1_000_000 + 2
        try harness.sell(try ContractBook.whole(Self.shop([Self.subscription(next: Self.next(from: start, plan: 5))])))
        let end = start * 1_000_000 - harness.now.wallMicroseconds
        for _ in 0..<3 { #expect(try harness.check(Self.words).verdict == .allow) }
        harness.pass(milliseconds: Int64(end / 1_000) - 1)
        #expect(try harness.check(Self.words).verdict == .allow)
        harness.pass(milliseconds: 1)
        for _ in 0..<2 { #expect(try harness.check(Self.words).verdict == .allow) }
        let cells = harness.contractCells()
        func calls(_ period: Int, _ plan: String) -> UInt64 {
            cells.filter { $0.key.contains(" \(Self.contract)/\(period) ") && $0.key.contains(" \(plan) ") }.values
                .reduce(0, +)
        }
        #expect(calls(9, "starter") == 4 && calls(10, "large") == 2)
    }

    @Test func productsChangeWithThePeriod() throws {
        let harness = try LimiterHarness("")
        harness.open()
        let start = harness.now.wallMicroseconds / 1_000_000 + 2
        try harness.sell(
            try ContractBook.whole(
                Self.shop([Self.subscription(next: Self.next(from: start, plan: 5), products: [2])])))
        #expect(try harness.check(Self.words).reason == .noPlan)
        harness.pass(milliseconds: 3_000)
        #expect(try harness.check(Self.words).verdict == .allow)
    }

    /// What a grant to come gives is asked for before it starts, and drawn on from then on without another question.
    @Test func aGrantToComeIsAskedForAheadAndNotDrawnBefore() throws {
        let harness = try LimiterHarness("")
        harness.open()
        let start = harness.now.wallMicroseconds / 1_000_000 + 30
        let meter = PolicyRecord.meter(
            MeterRecord(
                id: Sold.id(6), plan: Sold.id(4), code: "calls", dimension: .calls, ceilingNumerator: 1,
                ceilingDenominator: 1, filter: ""))
        try harness.sell(
            try ContractBook.whole(
                Self.shop([
                    meter, Self.subscription(next: Self.next(from: start)), Self.grant(30, until: start),
                    Self.grant(31, from: start, until: start + 100),
                ])))
        var asked: [RecordID: Int] = [:]
        func serve() {
            var windows: [ExchangeQuestion.Window] = []
            harness.limiter.takeCreditCalls(
                atMost: 100, sweep: 100, now: harness.now.microseconds,
                seconds: harness.now.wallMicroseconds / 1_000_000, into: &windows)
            for window in windows {
                asked[window.grant, default: 0] += 1
                harness.limiter.takeCredit(
                    ExchangeAnswer.Window(
                        grant: window.grant,
                        reply: WindowReply(
                            granted: window.grant == Sold.id(30) ? 5 : 100, returned: window.call.returned, seconds: 60,
                            recall: false, standing: window.grant == Sold.id(30) ? .empty : .open,
                            sentAt: window.call.sentAt)), now: harness.now.microseconds)
            }
            harness.limiter.unparkCredit()
        }
        var allowed = 0
        func call() throws -> Decision {
            var decision = try harness.check(Self.words)
            if decision.isWaiting {
                serve()
                decision = try harness.check(Self.words)
            }
            if decision.verdict == .allow { allowed += 1 }
            return decision
        }
        for _ in 0..<8 {
            _ = try call()
            harness.pass(milliseconds: 25)
        }
        #expect(allowed == 5 && asked[Sold.id(31)] == nil)
        let left = start * 1_000_000 - harness.now.wallMicroseconds
        harness.pass(milliseconds: left / 1_000 - 5_000)
        _ = try call()
        serve()
        #expect(asked[Sold.id(31)] == 1 && allowed == 5)
        harness.pass(milliseconds: 4_999)
        #expect(try call().reason == .balance)
        harness.pass(milliseconds: 1)
        let before = asked[Sold.id(31)]
        #expect(try harness.check(Self.words).verdict == .allow)
        #expect(asked[Sold.id(31)] == before)
    }
}

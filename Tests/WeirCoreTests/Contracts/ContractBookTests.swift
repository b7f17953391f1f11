import Testing
import WeirCore
import WeirTestSupport

struct ContractBookTests {
    private typealias Sold = SoldThings

    private static let shop: [PolicyRecord] = [
        Sold.product(1, "weather", hosts: ["api.example.com"]), Sold.route(2, of: 1, "forecast", "/v1/forecast/*"),
        Sold.plan(3, "starter", rules: "10/s burst 20"), Sold.subscription(4, of: 100, to: 3), Sold.grant(5, of: 4),
        Sold.key(6, of: 100, for: 4), Sold.key(7, of: 100),
    ]

    private func refusal(_ body: () throws -> ContractBook) throws -> PolicyDocumentError {
        do {
            _ = try body()
        } catch let error as PolicyDocumentError {
            return error
        }
        throw PolicyDocumentError(line: 0, field: "test", expected: "a refusal")
    }

    @Test
    func theSpecificationsDocumentsAreTaken() throws {
        let whole = try ContractBook().taking(Array(ProtocolVectors.text("policy-whole.txt").utf8))
        #expect(whole.version == 41 && whole.keyCount == 2 && whole.grantCount == 1 && whole.consumerCount == 1)
        #expect(whole.offers.limits.map(\.name) == ["burst@starter.2", "day@starter.2"])
        #expect(whole.offers.limits.map(\.text).first == "10/s burst 20 by consumer")
        let changed = try whole.taking(Array(ProtocolVectors.text("policy-delta.txt").utf8))
        #expect(changed.version == 43 && changed.keyCount == 3 && changed.grantCount == 0)
        #expect(changed.offersEdition == whole.offersEdition)
        // What it was made from is as it was.
        #expect(whole.version == 41 && whole.keyCount == 2 && whole.grantCount == 1)
    }

    @Test
    func recordsMayComeInAnyOrder() throws {
        var random = SeededRandom(7)
        for _ in 0..<50 {
            let book = try ContractBook.whole(Self.shop.shuffled(using: &random))
            #expect(book.keyCount == 2 && book.grantCount == 1 && book.subscriptionCount == 1)
            let gone: [PolicyRecord] = [
                .gone(.subscription, Sold.id(4)), .gone(.grant, Sold.id(5)), .gone(.key, Sold.id(6)),
                .gone(.plan, Sold.id(3)),
            ]
            let empty = try book.changed(gone.shuffled(using: &random))
            #expect(empty.keyCount == 1 && empty.grantCount == 0 && empty.subscriptionCount == 0)
            #expect(empty.consumerCount == 1 && empty.offers.planCount == 0)
            let nobody = try empty.changed([.gone(.key, Sold.id(7))])
            #expect(nobody.consumerCount == 0)
            #expect(try nobody.changed(Self.shop.shuffled(using: &random)).keyCount == 2)
        }
    }

    @Test
    func whatIsReferredToMustBeThere() throws {
        let book = try ContractBook.whole(Self.shop)
        let cases: [([PolicyRecord], String)] = [
            ([.gone(.subscription, Sold.id(4))], "subscription"), ([.gone(.plan, Sold.id(3))], "plan"),
            ([.gone(.product, Sold.id(1))], "product"), ([Sold.key(8, of: 100, for: 99)], "subscription"),
            ([Sold.subscription(8, of: 100, to: 99)], "plan"),
            ([Sold.subscription(8, of: 100, to: 3, products: [1, 99])], "product"),
            ([Sold.grant(8, of: 99)], "subscription"),
        ]
        for (records, field) in cases {
            #expect(try refusal { try book.changed(records) }.field == field)
        }
        let route = try refusal { try book.changed([Sold.route(9, of: 99, "x", "/x")]) }
        #expect(route.field.hasPrefix("product of route") && route.found == Sold.id(99).text(RecordID.product))
        #expect(book.keyCount == 2 && book.version == 1)
    }

    @Test
    func aChangeOfAnotherVersionIsRefused() throws {
        let book = try ContractBook.whole(Self.shop, version: 5)
        for from in [Int64(1), 4, 6] {
            let error = try refusal { try book.taking(Sold.document(from: from, to: 7, [])) }
            #expect(error.field == "from" && error.expected.contains("version 5"))
        }
        #expect(try book.taking(Sold.document(from: 5, to: 5, [])).version == 5)
        // A collector that was restored from a backup has lower versions: the whole counts.
        #expect(try book.taking(Sold.document(from: 0, to: 2, Self.shop)).version == 2)
    }

    @Test
    func rulesThatCannotBeEnforcedAreRefusedWithTheirLine() throws {
        let cases = [
            ("10/s bursts 20", "burst"), ("search: route GET /x", "route"), ("a: 1/s; a: 2/s", "new name"),
            ("x: 1/day in Europe/Nowhere", "zone"),
        ]
        for (rules, word) in cases {
            let error = try refusal {
                try ContractBook.whole([Sold.product(1, "p"), Sold.plan(2, "starter", rules: rules)])
            }
            #expect(error.field == "rules" && error.line == 3 && error.found.contains(word), "\(error)")
        }
    }

    @Test
    func whatCannotBeToldApartIsRefused() throws {
        let twins: [([PolicyRecord], String)] = [
            ([Sold.product(1, "p"), Sold.product(2, "p")], "slug"),
            ([Sold.plan(1, "s"), Sold.plan(2, "s")], "version"),
        ]
        for (records, field) in twins { #expect(try refusal { try ContractBook.whole(records) }.field == field) }
        let key = try refusal {
            let other = KeyRecord(
                id: Sold.id(9), consumer: Sold.id(1), subscription: nil, digest: Sold.digest(Sold.key(6)),
                state: .active, from: 0, until: nil)
            return try ContractBook.whole(Self.shop + [.key(other)])
        }
        #expect(key.field == "digest" && !key.description.contains("weir_"))
    }

    @Test
    func grantsAreKeptInTheOrderInWhichTheyAreDrawnOn() throws {
        func grant(_ number: UInt64, _ priority: Int64, created: Int64 = 5, until: Int64? = nil) -> GrantRecord {
            GrantRecord(
                id: Sold.id(number), subscription: Sold.id(4), unit: number == 30 ? "money:USD" : "calls",
                priority: priority, created: created, until: until, state: .open)
        }
        let grants = [
            grant(30, 1), grant(31, 2, created: 4, until: 9), grant(32, 2, until: 9), grant(33, 2, until: 9),
            grant(34, 2), grant(35, 3),
        ]
        var random = SeededRandom(9)
        let book = try ContractBook.whole(
            Self.shop + [Sold.subscription(40, of: 100, to: 3), Sold.grant(41, of: 40)])
        let added = try book.changed(grants.shuffled(using: &random).map { .grant($0) } + [.gone(.grant, Sold.id(5))])
        #expect(added.grants(of: Sold.id(4)) == grants)
        var moved = grants[2]
        moved.priority = 0
        moved.state = .empty
        let again = try added.changed([.grant(moved), .gone(.grant, Sold.id(35))])
        #expect(again.grants(of: Sold.id(4)) == [moved] + [grants[0], grants[1], grants[3], grants[4]])
        #expect(again.grants(of: Sold.id(40)).count == 1 && again.grants(of: Sold.id(99)).isEmpty)
    }

    @Test
    func productsArePlainlySeenAsSold() throws {
        let book = try ContractBook.whole(Self.shop)
        #expect(book.offers.productCount == 1 && book.offers.routeCount == 1 && book.offers.planCount == 1)
        let keysOnly = try book.changed([Sold.key(20, of: 100)])
        #expect(keysOnly.offersEdition == book.offersEdition)
        #expect(try keysOnly.changed([Sold.plan(3, "starter", version: 2)]).offersEdition != book.offersEdition)
    }

    /// Random changes one by one end where the whole of what is left would.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func changesAddUpToTheWhole(seed: UInt64) throws {
        var random = SeededRandom(seed)
        var book = try ContractBook.whole([Sold.product(1, "p"), Sold.plan(2, "s")])
        var keys: [Int: (consumer: UInt64, subscription: UInt64?)] = [:]
        var subscriptions: [UInt64: UInt64] = [:]
        for _ in 0..<150 {
            var records: [PolicyRecord] = []
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let number = UInt64.random(in: 1_000..<1_040, using: &random)
                let consumer = UInt64.random(in: 100..<106, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    subscriptions[number] = consumer
                    records.append(Sold.subscription(number, of: consumer, to: 2))
                case 1 where !keys.values.contains { $0.subscription == number }:
                    subscriptions[number] = nil
                    records.append(.gone(.subscription, Sold.id(number)))
                case 2:
                    let key = Int.random(in: 2_000..<2_600, using: &random)
                    let subscription = subscriptions.keys.randomElement(using: &random)
                    keys[key] = (consumer, subscription)
                    records.append(Sold.key(key, of: consumer, for: subscription))
                default:
                    guard let key = keys.keys.randomElement(using: &random) else { continue }
                    keys[key] = nil
                    records.append(.gone(.key, Sold.id(UInt64(key))))
                }
            }
            book = try book.changed(records)
            #expect(book.keyCount == keys.count && book.subscriptionCount == subscriptions.count)
            #expect(book.consumerCount == Set(subscriptions.values).union(keys.values.map(\.consumer)).count)
        }
        let harness = try LimiterHarness("")
        harness.open(knownKeys: 2_048)
        try harness.sell(book)
        for number in 2_000..<2_600 {
            let decision = try harness.check("path=/ api_key=\(Sold.key(number))")
            guard let key = keys[number] else {
                #expect(decision.reason == .keyUnknown)
                continue
            }
            let mine = subscriptions.filter { $0.value == key.consumer }.keys
            let isServed = key.subscription.map { mine.contains($0) } ?? !mine.isEmpty
            #expect(decision.reason == (isServed ? .unlimited : .noPlan), "key \(number)")
        }
    }
}

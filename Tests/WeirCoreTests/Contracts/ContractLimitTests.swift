import CMallocCount
import Testing
import WeirCore

/// Requests of products that are sold: who may, as whom they are counted, and by what they are limited.
struct ContractLimitTests {
    private typealias Sold = SoldThings

    /// Seconds since 1970 at which harnesses begin.
    private static let start: Int64 = 500_000 * 3_600

    private static let shop: [PolicyRecord] = [
        Sold.product(1, "weather", hosts: ["api.example.com"]),
        Sold.route(2, of: 1, "forecast", "/v1/forecast/*", methods: ["GET"], order: 1),
        Sold.route(3, of: 1, "history", "/v1/history*", weight: 5, order: 2),
        Sold.plan(4, "starter", rules: "burst: 3/s burst 3"), Sold.plan(5, "pro", rules: "burst: 9/s burst 9"),
        Sold.subscription(10, of: 100, to: 4), Sold.subscription(11, of: 101, to: 5, period: 12),
        Sold.key(20, of: 100), Sold.key(21, of: 101), Sold.key(22, of: 102),
    ]

    private static let request = "host=API.example.com path=/v1/forecast/berlin method=GET"

    private func harness(_ records: [PolicyRecord] = shop, rules: String = "") throws -> (LimiterHarness, ContractBook)
    {
        let harness = try LimiterHarness("")
        harness.open()
        let book = try ContractBook.whole(records)
        try harness.sell(book, rules: rules)
        return (harness, book)
    }

    @Test
    func requestsAreAnsweredByWhatTheirKeyIsGoodFor() throws {
        let now = Self.start
        let records =
            Self.shop + [
                Sold.key(30, of: 100, state: .revoked), Sold.key(31, of: 100, until: now - 1),
                Sold.key(32, of: 100, from: now + 60), Sold.subscription(12, of: 103, to: 4, state: .overdue),
                Sold.key(33, of: 103), Sold.subscription(13, of: 104, to: 4, state: .paused), Sold.key(34, of: 104),
                Sold.subscription(14, of: 105, to: 4, until: now), Sold.key(35, of: 105),
                Sold.subscription(15, of: 106, to: 4, from: now + 60), Sold.key(36, of: 106),
            ]
        let (harness, _) = try harness(records)
        func found(_ key: String) throws -> (Reason, UInt16) {
            let decision = try harness.check(Self.request + key)
            #expect((decision.verdict == .deny) == (decision.status != 200))
            return (decision.reason, decision.status)
        }
        #expect(try found("") == (.keyMissing, 401))
        #expect(try found(" api_key=nonsense") == (.keyUnknown, 401))
        #expect(try found(" api_key=\(Sold.key(99))") == (.keyUnknown, 401))
        let typo = String(Sold.key(20).dropLast()) + (Sold.key(20).hasSuffix("0") ? "1" : "0")
        #expect(try found(" api_key=\(typo)") == (.keyUnknown, 401))
        #expect(try found(" api_key=\(Sold.key(30))") == (.keyRevoked, 401))
        #expect(try found(" api_key=\(Sold.key(31))") == (.keyExpired, 401))
        #expect(try found(" api_key=\(Sold.key(32))") == (.keyExpired, 401))
        #expect(try found(" api_key=\(Sold.key(22))") == (.noPlan, 403))
        #expect(try found(" api_key=\(Sold.key(33))") == (.balance, 402))
        for key in [34, 35, 36] { #expect(try found(" api_key=\(Sold.key(key))") == (.noPlan, 403)) }
        #expect(try found(" api_key=\(Sold.key(20))") == (.ok, 200))
        harness.pass(milliseconds: 61_000)
        #expect(try found(" api_key=\(Sold.key(32))") == (.ok, 200))
        #expect(try found(" api_key=\(Sold.key(36))") == (.ok, 200))
    }

    @Test
    func requestsOfNoProductAreDecidedAsBefore() throws {
        let (harness, _) = try harness(rules: "own: 2/s burst 2 by ip")
        for words in [
            "host=other.example.com path=/v1/forecast/x ip=192.0.2.1", "host=api.example.com path=/other ip=192.0.2.2",
            "path=/v1/forecast/x ip=192.0.2.3",
        ] {
            #expect(try harness.allowed(4, words + " consumer=acme") == 2)
        }
        #expect(harness.contractCells()["admitted  acme    "] == 6)
    }

    @Test
    func noMethodGoesByWithoutAKey() throws {
        let (harness, _) = try harness()
        let post = Self.request.replacing("GET", with: "POST")
        #expect(try harness.check(post).reason == .keyMissing)
        #expect(try harness.check(post + " api_key=\(Sold.key(20))").verdict == .allow)
        let consumer = Sold.id(100).text(RecordID.consumer)
        let contract = Sold.id(10).text(RecordID.subscription) + "/1"
        let key = Sold.id(20).text(RecordID.key)
        #expect(harness.contractCells()["admitted \(contract) \(consumer) starter \(key) weather "] == 1)
    }

    @Test
    func usageIsCountedUnderTheContractWhateverTheClientSays() throws {
        let (harness, _) = try harness()
        let forged = " consumer=rich plan=pro product=other route=cheap"
        #expect(try harness.check(Self.request + forged + " api_key=\(Sold.key(20))").verdict == .allow)
        #expect(try harness.check(Self.request + forged).reason == .keyMissing)
        #expect(try harness.check(Self.request + forged + " api_key=\(Sold.key(99))").reason == .keyUnknown)
        #expect(try harness.check(Self.request + forged + " api_key=\(Sold.key(22))").reason == .noPlan)
        let consumer = Sold.id(100).text(RecordID.consumer)
        let contract = Sold.id(10).text(RecordID.subscription) + "/1"
        #expect(
            harness.contractCells() == [
                "admitted \(contract) \(consumer) starter \(Sold.id(20).text(RecordID.key)) weather forecast": 1,
                "denied-key-missing     weather forecast": 1, "denied-key-unknown     weather forecast": 1,
                "denied-no-plan  \(Sold.id(102).text(RecordID.consumer))  \(Sold.id(22).text(RecordID.key)) weather forecast":
                    1,
            ])
    }

    @Test
    func aReportLandsInTheCellOfItsContract() throws {
        let (harness, _) = try harness()
        let decision = try harness.check(Self.request + " api_key=\(Sold.key(21))")
        #expect(harness.report(decision) == .accepted)
        let name = "2xx \(Sold.id(11).text(RecordID.subscription))/12 \(Sold.id(101).text(RecordID.consumer)) pro "
        #expect(harness.contractCells()[name + "\(Sold.id(21).text(RecordID.key)) weather forecast"] == 1)
    }

    @Test
    func aPlansRulesAreItsConsumersAlone() throws {
        let more = [Sold.subscription(12, of: 107, to: 4), Sold.key(23, of: 107), Sold.key(24, of: 100)]
        let (harness, _) = try harness(Self.shop + more)
        func allowed(_ key: Int) throws -> Int { try harness.allowed(12, Self.request + " api_key=\(Sold.key(key))") }
        #expect(try allowed(20) == 3)
        #expect(try allowed(21) == 9)
        // Another consumer of the plan has counters of his own, another key of the first one has not.
        #expect(try allowed(23) == 3)
        #expect(try allowed(24) == 0)
        let denied = try harness.check(Self.request + " api_key=\(Sold.key(20))")
        #expect(denied.reason == .rate && denied.status == 429 && harness.name(denied) == "burst@starter.1")
    }

    @Test
    func theAgentsOwnRulesGoOnBesideThePlansAllOrNothing() throws {
        let (harness, _) = try harness(rules: "own: 2/s burst 2 by ip; free: exempt when user=boss")
        let words = Self.request + " ip=192.0.2.1 api_key=\(Sold.key(20))"
        #expect(try harness.allowed(5, words) == 2)
        #expect(harness.name(try harness.check(words)) == "own")
        // What the agent's own rule has denied took nothing of the plan's, and its exemption lifts its own rules alone.
        #expect(try harness.allowed(5, words + " user=boss") == 1)
    }

    @Test
    func rulesSeeProductRouteAndPlanOfTheDocument() throws {
        let plan = Sold.plan(4, "starter", rules: "tight: 1/s burst 1 when route=history; no: deny when user=bot")
        let (harness, _) = try harness(
            Self.shop + [plan], rules: "own: 1/s burst 10 by consumer when plan=starter product=weather")
        let history = "host=api.example.com path=/v1/history/x method=GET api_key=\(Sold.key(20))"
        let decision = try harness.check(history)
        // The route weighs 5: more than the plan's rule holds.
        #expect(decision.reason == .tooLarge && harness.name(decision) == "tight@starter.1")
        #expect(try harness.check(Self.request + " user=bot api_key=\(Sold.key(20))").reason == .blocked)
        #expect(try harness.check(Self.request + " user=bot api_key=\(Sold.key(21))").verdict == .allow)
        #expect(try harness.allowed(12, Self.request + " api_key=\(Sold.key(20))") == 10)
    }

    @Test
    func countersGoOnFromOneVersionOfAPlanToTheNext() throws {
        let (harness, book) = try harness()
        let words = Self.request + " api_key=\(Sold.key(20))"
        #expect(try harness.allowed(5, words) == 3)
        let both = try book.changed([
            Sold.plan(6, "starter", version: 2, rules: "burst: 3/s burst 5"), Sold.subscription(10, of: 100, to: 6),
            Sold.subscription(12, of: 107, to: 4), Sold.key(23, of: 107),
        ])
        try harness.sell(both)
        // Three of five are used.
        #expect(try harness.allowed(5, words) == 2)
        #expect(harness.name(try harness.check(words)) == "burst@starter.2")
        // Whoever is of the version before goes on with it.
        #expect(try harness.allowed(5, Self.request + " api_key=\(Sold.key(23))") == 3)
    }

    @Test
    func aChangeOfKeysTakesEffectWithTheNextCheck() throws {
        let (harness, book) = try harness()
        func reason(_ key: Int) throws -> Reason {
            try harness.check(Self.request + " api_key=\(Sold.key(key))").reason
        }
        #expect(try reason(20) == .ok && reason(40) == .keyUnknown)
        let digests = harness.limiter.deskCounters.digests
        let changed = try book.changed([Sold.key(20, of: 100, state: .revoked), Sold.key(40, of: 101)])
        harness.swap(changed)
        #expect(try reason(20) == .keyRevoked && reason(40) == .ok)
        harness.swap(try changed.changed([.gone(.key, Sold.id(40)), Sold.key(20, of: 100)]))
        #expect(try reason(20) == .ok && reason(40) == .keyUnknown)
        // Both are found again by the digest that is known.
        #expect(harness.limiter.deskCounters.digests == digests)
    }

    @Test
    func theSubscriptionThatEndsFirstIsUsed() throws {
        let now = Self.start
        let (harness, book) = try harness(
            Self.shop + [
                Sold.subscription(12, of: 102, to: 5), Sold.subscription(13, of: 102, to: 4, until: now + 100),
                Sold.subscription(14, of: 102, to: 4, products: [1], until: now + 200),
            ])
        func contract() throws -> String? {
            #expect(try harness.check(Self.request + " api_key=\(Sold.key(22))").status == 200)
            return harness.contractCells().filter { $0.key.hasPrefix("admitted") }.max { $0.value < $1.value }?.key
        }
        #expect(try contract()?.contains(Sold.id(13).text(RecordID.subscription)) == true)
        harness.pass(milliseconds: 100_000)
        for _ in 0..<2 { _ = try contract() }
        #expect(try contract()?.contains(Sold.id(14).text(RecordID.subscription)) == true)
        // A key of one subscription is good for that alone.
        harness.swap(try book.changed([Sold.key(22, of: 102, for: 12)]))
        for _ in 0..<5 { _ = try contract() }
        #expect(try contract()?.contains(Sold.id(12).text(RecordID.subscription)) == true)
        // A subscription of somebody else is none.
        harness.swap(try book.changed([Sold.key(22, of: 102, for: 10)]))
        #expect(try harness.check(Self.request + " api_key=\(Sold.key(22))").reason == .noPlan)
    }

    @Test
    func aSprayOfUnknownKeysPushesNobodyOutAndLeavesNoTrace() throws {
        let (harness, _) = try harness()
        let words = Self.request + " api_key=\(Sold.key(20))"
        #expect(try harness.check(words).verdict == .allow)
        let (keys, cells) = (harness.limiter.keyCount, harness.contractCells().count)
        for number in 1_000..<4_000 {
            #expect(try harness.check(Self.request + " api_key=\(Sold.key(number))").reason == .keyUnknown)
        }
        let digests = harness.limiter.deskCounters.digests
        #expect(digests > 3_000)
        #expect(try harness.check(words).verdict == .allow)
        #expect(harness.limiter.deskCounters.digests == digests)
        #expect(harness.limiter.keyCount == keys && harness.contractCells().count == cells + 1)
        // One that comes again and again is known not to be known.
        for _ in 0..<10 { _ = try harness.check(Self.request + " api_key=\(Sold.key(3_999))") }
        #expect(harness.limiter.deskCounters.digests == digests)
    }

    @Test
    func shadowCountsWhatItWouldDeny() throws {
        let harness = try LimiterHarness("", enforcement: .shadow)
        harness.open()
        try harness.sell(ContractBook.whole(Self.shop))
        let decision = try harness.check(Self.request)
        #expect(decision.verdict == .allow && decision.reason == .keyMissing && decision.state == .shadow)
    }

    @Test
    func keysAreExplained() throws {
        let (harness, _) = try harness()
        let frame = CheckDraft(
            attributes: (Self.request + " api_key=\(Sold.key(21))").split(separator: " ").map { word in
                let parts = word.split(separator: "=", maxSplits: 1)
                return (String(parts[0]), Array(parts[1].utf8))
            }
        ).frame(id: 1)
        let found = try frame.withBytes { bytes throws(WireError) -> KeyExplanation? in
            guard let header = try FrameHeader(reading: bytes) else { return nil }
            _ = try harness.limiter.read(bytes, header)
            return harness.limiter.explainKey(in: bytes, now: harness.now)
        }
        let explained = try #require(found)
        #expect(explained.product == "weather" && explained.route == "forecast" && explained.plan == "pro")
        #expect(explained.reason == .ok && explained.key == Sold.id(21).text(RecordID.key))
        #expect(explained.contract == Sold.id(11).text(RecordID.subscription) + "/12")
    }

    @Test
    func checksOfKnownKeysAllocateNothing() throws {
        let (harness, _) = try harness(rules: "own: 1M/s burst 1M by ip, consumer")
        let frames = [20, 21, 22, 99].map { number in
            CheckDraft(
                attributes: (Self.request + " ip=192.0.2.1 api_key=\(Sold.key(number))").split(separator: " ").map {
                    word in
                    let parts = word.split(separator: "=", maxSplits: 1)
                    return (String(parts[0]), Array(parts[1].utf8))
                }
            ).frame(id: 7)
        }
        var consumerBytes = 0
        func run(_ rounds: Int) throws {
            for round in 0..<rounds {
                harness.pass(microseconds: 30)
                try frames[round & 3].withBytes { bytes throws(WireError) in
                    guard let header = try FrameHeader(reading: bytes) else { return }
                    let request = try harness.limiter.read(bytes, header)
                    let decision = harness.limiter.check(request, in: bytes, now: harness.now)
                    harness.limiter.withAnswerTexts(of: decision.statement, in: bytes) { _, consumer in
                        consumerBytes += consumer.byteCount
                    }
                }
            }
        }
        try run(100)
        let before = malloc_count()
        try run(20_000)
        #expect(malloc_count() - before == 0)
        #expect(consumerBytes == 3 * 30 * 5_025)
    }
}

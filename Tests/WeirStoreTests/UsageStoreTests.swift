import Testing
import WeirCore
import WeirStore
import WeirTestSupport

/// Usage at rest, on every database.
@Suite struct UsageStoreTests {
    /// 2026-01-31T23.
    private let hour: UInt32 = 491_639

    private func cell(
        _ consumer: String, _ calls: UInt64, hour: UInt32? = nil, outcome: Outcome = .admitted, product: String = ""
    ) -> Cell {
        var dimensions = Dimensions()
        dimensions.consumer = consumer
        dimensions.product = product
        return Cell(
            key: Hash128(deriving: consumer), dimensions: dimensions, hour: hour ?? self.hour, outcome: outcome,
            totals: Totals(calls: calls, bytesIn: 3 * calls, bytesOut: 5 * calls, units: 2 * calls))
    }

    private func incarnation(_ number: UInt64) -> Hash128 { Hash128(low: number, high: 9) }

    private func query(
        _ granularity: UsageQuery.Granularity, _ dimensions: [UsageQuery.Dimension] = [],
        _ filters: [UsageQuery.Dimension: [String]] = [:]
    ) -> UsageQuery {
        UsageQuery(hours: 0..<1 << 32, granularity: granularity, dimensions: dimensions, filters: filters)
    }

    private func calls(_ store: UsageStore) async throws -> [String: UInt64] {
        let rows = try await store.usage(query(.total, [.consumer]), limit: 1_000)
        return Dictionary(rows.map { ($0.values[.consumer] ?? "", $0.totals.calls) }) { $0 + $1 }
    }

    @Test(arguments: DatabaseKind.allCases) func totalsMergeByMaxInAnyOrderHoweverOften(_ kind: DatabaseKind)
        async throws
    {
        let made = try await DatabaseUnderTest(kind)
        let store = UsageStore(made.database)
        for calls in [5, 9, 7, 9] as [UInt64] {
            _ = try await store.merge([cell("acme", calls)], of: incarnation(1), at: 1)
        }
        let again = try await store.merge([cell("acme", 9)], of: incarnation(1), at: 2)
        #expect(again == UsageStore.Receipt(cells: 1, changed: 0, known: nil))
        let other = try await store.merge([cell("acme", 4), cell("b", 1)], of: incarnation(2), at: 3)
        #expect(other.changed == 2)
        #expect(try await calls(store) == ["acme": 13, "b": 1])
        let row = try await store.usage(query(.hour), limit: 10)
        #expect(row.map(\.totals) == [Totals(calls: 14, bytesIn: 42, bytesOut: 70, units: 28)])
        #expect(try await store.audit() == 0)
    }

    @Test(arguments: DatabaseKind.allCases) func aCellThatIsTwiceInABatchCountsOnce(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind)
        let store = UsageStore(made.database)
        let receipt = try await store.merge([cell("a", 3), cell("a", 8), cell("a", 5)], of: incarnation(1), at: 1)
        #expect(receipt == UsageStore.Receipt(cells: 3, changed: 1, known: nil))
        #expect(try await calls(store) == ["a": 8])
        #expect(try await store.merge([], of: incarnation(1), at: 1).changed == 0)
    }

    /// Sizes around those that statements are made for, against a model.
    @Test(arguments: DatabaseKind.allCases) func batchesOfAnySizeAreWhatAModelSays(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind)
        let store = UsageStore(made.database)
        var random = SeededRandom(20_261_126)
        var model: [String: UInt64] = [:]
        for size in [1, 2, 127, 128, 129, 255, 300, 1_000, 10_000] {
            var batch: [Cell] = []
            for _ in 0..<size {
                let incarnationNumber = UInt64(size % 3)
                let consumer = Int.random(in: 0..<150, using: &random)
                let hour = hour + UInt32.random(in: 0..<4, using: &random)
                let calls = UInt64.random(in: 1..<1_000, using: &random)
                let place = "\(incarnationNumber)/\(consumer)/\(hour)"
                model[place] = max(model[place] ?? 0, calls)
                batch.append(cell("c\(consumer)", calls, hour: hour))
            }
            _ = try await store.merge(batch, of: incarnation(UInt64(size % 3)), at: 1)
        }
        var expected: [String: UInt64] = [:]
        for (place, calls) in model { expected["c" + place.split(separator: "/")[1], default: 0] += calls }
        #expect(try await calls(store) == expected)
        #expect(try await store.audit() == 0)
    }

    @Test(arguments: DatabaseKind.allCases) func textsOfAgentsAreTextAndDifferentBytesAreDifferent(_ kind: DatabaseKind)
        async throws
    {
        let made = try await DatabaseUnderTest(kind)
        let store = UsageStore(made.database)
        let names = ["it's; DROP TABLE cell", "e\u{301}", "\u{e9}", "", "日本", "$1", "%", "A", "a"]
        let receipt = try await store.merge(names.map { cell($0, 1) } + [cell("z\0z", 1)], of: incarnation(1), at: 1)
        #expect(receipt.changed == 10)
        let rows = try await store.usage(query(.total, [.consumer]), limit: 100)
        let found = rows.map { Array(($0.values[.consumer] ?? "?").utf8) }
        let sorted = (names + ["z\u{fffd}z"]).map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
        #expect(found == sorted)
        let filtered = try await store.usage(query(.total, [.consumer], [.consumer: [names[0], "a"]]), limit: 100)
        #expect(filtered.map { $0.values[.consumer] } == ["a", names[0]])
    }

    @Test(arguments: DatabaseKind.allCases) func usageIsSummedByHourDayMonthAndInAll(_ kind: DatabaseKind) async throws
    {
        let made = try await DatabaseUnderTest(kind)
        let store = UsageStore(made.database)
        _ = try await store.merge(
            [
                cell("a", 3), cell("a", 4, hour: hour + 1), cell("b", 5, hour: hour + 30),
                cell("a", 7, hour: hour, outcome: .status(200)),
            ], of: incarnation(1), at: 1)
        func rows(
            _ granularity: UsageQuery.Granularity, _ filters: [UsageQuery.Dimension: [String]] = [:]
        ) async throws -> [[Int64]] {
            try await store.usage(query(granularity, [], filters), limit: 100).map {
                [$0.hour, Int64($0.totals.calls)]
            }
        }
        let (start, day) = (Int64(hour), Int64(hour) / 24 * 24)
        #expect(try await rows(.hour) == [[start, 10], [start + 1, 4], [start + 30, 5]])
        #expect(try await rows(.day) == [[day, 10], [day + 24, 4], [day + 48, 5]])
        #expect(try await rows(.month) == [[day - 30 * 24, 10], [day + 24, 9]])
        #expect(try await rows(.total) == [[0, 19]])
        #expect(try await rows(.total, [.outcome: ["2xx"]]) == [[0, 7]])
        #expect(try await rows(.total, [.consumer: ["a"], .outcome: ["admitted"]]) == [[0, 7]])
        // Each filter is met by some rows, whichever way they are found.
        for dimension in UsageQuery.Dimension.allCases where ![.consumer, .outcome].contains(dimension) {
            #expect(try await rows(.total, [dimension: [""]]) == [[0, 19]], "\(dimension)")
            #expect(try await rows(.total, [dimension: ["x"]]) == [], "\(dimension)")
        }
        #expect(try await rows(.total, [.consumer: ["nobody"]]) == [])
        #expect(try await rows(.hour, [.consumer: ["nobody"]]) == [])
        await #expect(throws: StoreError.self) { try await store.usage(query(.hour), limit: 2) }
    }

    @Test(arguments: DatabaseKind.allCases) func deliveriesAreRememberedByAgent(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind)
        let store = UsageStore(made.database)
        let agent = String(repeating: "a", count: 32)
        var known: [Int64?] = []
        for number in [3, 2, 4, 5] as [Int64] {
            let delivery = UsageStore.Delivery(agent: agent, number: number)
            known.append(try await store.merge([], of: incarnation(1), delivery: delivery, at: 1).known)
        }
        #expect(known == [0, 3, 3, 4])
    }

    /// Hours of any time: months that have a partition, those before and behind, and the edges between.
    @Test(arguments: DatabaseKind.allCases) func usageOfAnyHourIsTaken(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind)
        let store = UsageStore(made.database)
        let hours: [UInt32] = [
            0, 1, 438_287, 438_288, 491_639, 491_640, 509_160, 701_279, 701_280, 5_000_000, .max - 1,
        ]
        _ = try await store.merge(hours.map { cell("a", 1, hour: $0) }, of: incarnation(1), at: 1)
        let rows = try await store.usage(query(.hour), limit: 100)
        #expect(rows.map(\.hour) == hours.map(Int64.init))
        #expect(try await store.audit() == 0)
    }

    /// Writers that meet in the same cells' sums, over several pools as of several collectors.
    @Test(arguments: DatabaseKind.allCases) func writersAtOnceLoseAndDoubleNothing(_ kind: DatabaseKind) async throws {
        let made = try await DatabaseUnderTest(kind)
        let databases: [any SQLDatabase] =
            kind == .sqlite ? [made.database] : [made.database, try DatabaseUnderTest.open(made.url)]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<6 {
                let store = UsageStore(databases[number % databases.count])
                group.addTask {
                    for round in 1...5 as ClosedRange<UInt64> {
                        let batch = (0..<20).map { cell("c\($0)", round * 10) }
                        _ = try await store.merge(batch, of: incarnation(UInt64(number)), at: 1)
                    }
                }
            }
            try await group.waitForAll()
        }
        let store = UsageStore(made.database)
        let expected = Dictionary(uniqueKeysWithValues: (0..<20).map { ("c\($0)", UInt64(300)) })
        #expect(try await calls(store) == expected)
        #expect(try await store.audit() == 0)
    }
}

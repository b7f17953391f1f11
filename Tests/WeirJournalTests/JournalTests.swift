import Foundation
import Testing
import WeirCore
import WeirJournal
import WeirTestSupport

@Suite struct JournalTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func remove(_ prefix: String, in folder: String) throws {
        for name in try directory.names(in: folder) where name.hasPrefix(prefix) {
            try FileManager.default.removeItem(atPath: directory.file("\(folder)/\(name)"))
        }
    }

    // MARK: What survives

    /// A kill at any time: the hot table has everything, sealed or not.
    @Test func nothingIsLostWhileTheHotTableSurvives() throws {
        let first = try JournalHarness(directory, incarnation: 1)
        first.count(1, calls: 5)
        first.tick()
        first.count(1, calls: 2)
        first.count(2)
        let second = try JournalHarness(directory, incarnation: 2)
        second.count(1, calls: 100)
        second.journal.recover()
        #expect(second.events.all == [.recovered(incarnations: 1, cells: 2, calls: 8)])
        #expect(second.journal.predecessors == [first.incarnation] && first.journal.predecessors == nil)
        #expect(try FinalSegments(path: directory.file("state")).incarnations() == [first.incarnation])
        #expect(try JournalHarness.recovered(directory) == ["1/c1": 7, "1/c2": 1, "2/c1": 100])
        #expect(try directory.names(in: "run") == ["hot-\(second.incarnation.hex)"])
    }

    /// What a run has borrowed is settled when the collector hears that it is over: also of one that has counted nothing.
    @Test func aRunThatIsOverIsNotedOnceItsSegmentsAreWrittenUntilTheCollectorKnows() throws {
        let first = try JournalHarness(directory, incarnation: 1)
        first.count(1, calls: 5)
        first.tick()
        _ = try JournalHarness(directory, incarnation: 2)
        let runs = FinishedRuns(in: directory.file("state"))
        #expect(try runs.all().isEmpty)
        let third = try JournalHarness(directory, incarnation: 3)
        third.journal.recover()
        #expect(try Set(runs.all()) == [1, 2].reduce(into: []) { $0.insert(Hash128(low: $1, high: $1)) })
        // Killed before it was told: the next run knows.
        let fourth = try JournalHarness(directory, incarnation: 4)
        fourth.journal.recover()
        #expect(try runs.all().count == 3)
        runs.forget([first.incarnation, third.incarnation])
        #expect(try runs.all() == [Hash128(low: 2, high: 2)])
    }

    /// A reboot or power cut: the hot table is gone, the journal has all that was sealed.
    @Test func whatWasSealedSurvivesWithoutTheHotTable() throws {
        let first = try JournalHarness(directory, incarnation: 1)
        first.count(1, calls: 5)
        first.tick()
        first.count(1, calls: 2)
        first.tick()
        first.count(1, calls: 90)
        try remove("hot-", in: "run")
        let second = try JournalHarness(directory, incarnation: 2)
        second.journal.recover()
        #expect(try JournalHarness.recovered(directory) == ["1/c1": 7])
    }

    @Test func aJournalThatIsGoneLeavesTheHotTable() throws {
        let first = try JournalHarness(directory, incarnation: 1)
        first.count(1, calls: 5)
        first.tick()
        try remove("live-", in: "state")
        let second = try JournalHarness(directory, incarnation: 2)
        second.journal.recover()
        #expect(try JournalHarness.recovered(directory) == ["1/c1": 5])
    }

    @Test func aTornTailLosesOnlyItself() throws {
        let first = try JournalHarness(directory, incarnation: 1)
        first.count(1, calls: 5)
        first.tick()
        let live = directory.file("state/" + (try directory.names(in: "state")[0]))
        let sealed = try Data(contentsOf: URL(filePath: live))
        first.count(1, calls: 2)
        first.tick()
        let whole = try Data(contentsOf: URL(filePath: live))
        try remove("hot-", in: "run")
        for count in [sealed.count, sealed.count + 1, sealed.count + 60, whole.count - 1] {
            try whole.prefix(count).write(to: URL(filePath: live))
            #expect(try JournalHarness.recovered(directory) == ["1/c1": 5], "\(count) bytes")
        }
    }

    /// Recovery that is killed at any point is run again, to the same totals.
    @Test func recoveryCanBeRepeated() throws {
        let first = try JournalHarness(directory, incarnation: 1)
        for consumer in 0..<20 { first.count(consumer, calls: UInt64(consumer)) }
        first.tick()
        let copy = try TemporaryDirectory()
        for folder in ["run", "state"] {
            try FileManager.default.copyItem(atPath: directory.file(folder), toPath: copy.file(folder))
        }
        let expected = try JournalHarness.recovered(directory)
        let second = try JournalHarness(directory, incarnation: 2)
        second.journal.recover()
        // As if the removal of the old files had been cut off: they are there again beside the final segments.
        for folder in ["run", "state"] {
            for name in try copy.names(in: folder) {
                try FileManager.default.copyItem(
                    atPath: copy.file("\(folder)/\(name)"), toPath: directory.file("\(folder)/\(name)"))
            }
        }
        let third = try JournalHarness(directory, incarnation: 3)
        third.journal.recover()
        #expect(try JournalHarness.recovered(directory) == expected)
        #expect(try directory.names(in: "state").filter { $0.hasPrefix("final-") }.count == 2)
    }

    @Test func filesOfOthersAreLeftAloneAndDamagedOnesAreTold() throws {
        let first = try JournalHarness(directory, incarnation: 1)
        first.count(1)
        first.tick()
        let live = try directory.names(in: "state")[0]
        var bytes = try Data(contentsOf: URL(filePath: directory.file("state/\(live)")))
        bytes[4] = 9
        try bytes.write(to: URL(filePath: directory.file("state/live-of-another.wj")))
        try Data([1, 2, 3]).write(to: URL(filePath: directory.file("state/live-cut.wj")))
        try Data([1, 2, 3]).write(to: URL(filePath: directory.file("run/hot-cut")))
        let second = try JournalHarness(directory, incarnation: 2)
        second.journal.recover()
        #expect(second.events.all.contains(.foreign(file: "live-of-another.wj")))
        #expect(second.events.all.contains(.damaged(file: "live-cut.wj", parts: 1, tornBytes: 3)))
        #expect(second.events.all.contains(.damaged(file: "hot-cut", parts: 1, tornBytes: 0)))
        #expect(try directory.names(in: "state").contains("live-of-another.wj"))
        #expect(try JournalHarness.recovered(directory)["1/c1"] == 1)
    }

    @Test func aFileThatCannotBeReadKeepsNoOtherFromBeingTakenOverAndIsTriedAgain() throws {
        let first = try JournalHarness(directory, incarnation: 1)
        first.count(1, calls: 5)
        first.tick()
        let obstacle = "live-\(String(repeating: "0", count: 32))-00000001.wj"
        try FileManager.default.createDirectory(
            atPath: directory.file("state/\(obstacle)"), withIntermediateDirectories: false)
        try Data([1]).write(to: URL(filePath: directory.file("state/.final-cut-short.wj")))
        let second = try JournalHarness(directory, incarnation: 2)
        second.journal.recoverWhenSealing()
        #expect(second.events.all.isEmpty, "not before a seal has worked")
        func attempts() -> Int {
            second.events.all.count { if case .unreadable(obstacle, _) = $0 { true } else { false } }
        }
        second.tick()
        second.journal.recoverWhenSealing()
        #expect(attempts() == 1)
        #expect(second.events.all.contains(.recovered(incarnations: 1, cells: 1, calls: 5)))
        #expect(try !directory.names(in: "state").contains { $0.hasPrefix(".final-") })
        for seconds in [179, 1] as [Int64] {
            second.tick(seconds: seconds)
            second.journal.recoverWhenSealing()
        }
        #expect(attempts() == 2)
        try FileManager.default.removeItem(atPath: directory.file("state/\(obstacle)"))
        for _ in 0..<3 {
            second.tick(seconds: 180)
            second.journal.recoverWhenSealing()
        }
        #expect(attempts() == 2, "all is taken over")
    }

    // MARK: Closing hours

    @Test func anHourIsFinalAfterTheDeadline() throws {
        let harness = try JournalHarness(directory, incarnation: 1)
        harness.count(1, calls: 3)
        harness.tick(seconds: 3_600)
        harness.count(1, calls: 4, hour: JournalHarness.hour + 1)
        harness.tick(seconds: 599)
        #expect(!harness.events.all.contains { if case .finalised = $0 { true } else { false } })
        #expect(harness.journal.closedBefore <= JournalHarness.hour)
        harness.tick(seconds: 1)
        #expect(harness.events.all.contains(.finalised(before: JournalHarness.hour + 1, cells: 1)))
        #expect(harness.journal.closedBefore == JournalHarness.hour + 1)
        let final = try directory.names(in: "state").filter { $0.hasPrefix("final-") }
        #expect(final == ["final-\(harness.incarnation.hex)-00000001.wj"])
        let batch = try Data(contentsOf: URL(filePath: directory.file("state/\(final[0])")))
        let reader = try Array(batch).withBytes { bytes throws(SegmentError) in try SegmentReader(batch: bytes) }
        #expect(reader.cells.map(\.totals.calls) == [3])
        #expect(reader.cells.map(\.hour) == [JournalHarness.hour])
        // Nothing of it is counted twice, whoever reads.
        #expect(try JournalHarness.recovered(directory) == ["1/c1": 7])
    }

    @Test func manyCellsMakeSeveralFinalSegments() throws {
        let harness = try JournalHarness(directory, incarnation: 1, maximumKeys: 12_000)
        for consumer in 0..<11_000 { harness.count(consumer) }
        harness.tick()
        harness.tick(seconds: 4_200)
        let final = try directory.names(in: "state").filter { $0.hasPrefix("final-") }
        #expect(final.count == 2)
        #expect(try JournalHarness.recovered(directory).count == 11_000)
    }

    @Test func freedCellsMakeRoomInHoursToCome() throws {
        let harness = try JournalHarness(directory, incarnation: 1, maximumKeys: 400)
        for hour in 0..<30 as Range<UInt32> {
            for consumer in 0..<300 { harness.count(consumer + 1_000 * Int(hour), hour: JournalHarness.hour + hour) }
            harness.tick(seconds: 3_600)
            harness.tick(seconds: 0)
        }
        #expect(harness.table.withUsage { $0.othered } == 0)
        #expect(try JournalHarness.recovered(directory).count == 9_000)
    }

    // MARK: Disk

    /// The live segment begins anew when most of it is superseded: disk follows active cells, not time.
    @Test func diskIsInProportionToActiveCells() throws {
        let harness = try JournalHarness(directory, incarnation: 1, maximumKeys: 2_000)
        for consumer in 0..<2_000 { harness.count(consumer) }
        harness.tick()
        for _ in 0..<200 {
            for consumer in 0..<2_000 { harness.count(consumer) }
            harness.tick()
        }
        let live = try directory.names(in: "state").filter { $0.hasPrefix("live-") }
        #expect(live.count == 1)
        let size = try FileManager.default.attributesOfItem(atPath: directory.file("state/\(live[0])"))[.size] as? Int
        #expect(try #require(size) < 5 << 20)
        #expect(try JournalHarness.recovered(directory).values.allSatisfy { $0 == 201 })
        try remove("hot-", in: "run")
        #expect(try JournalHarness.recovered(directory).values.allSatisfy { $0 == 201 })
    }

    /// No amount is ever dropped for want of disk: beyond the maximum only the names of new keys are.
    @Test func beyondItsMaximumTheJournalCountsNewKeysTogether() throws {
        let harness = try JournalHarness(directory, incarnation: 1, maximumKeys: 400, maximumBytes: 20_000)
        for hour in 0..<12 as Range<UInt32> {
            for consumer in 0..<300 { harness.count(consumer + 1_000 * Int(hour), hour: JournalHarness.hour + hour) }
            harness.tick(seconds: 3_600)
            harness.tick(seconds: 10)
        }
        #expect(harness.events.all.contains { if case .crowded(true, _) = $0 { true } else { false } })
        let state = try Directory(directory.file("state"))
        #expect(try state.byteCount(prefix: "final-") < 60_000)
        #expect(try JournalHarness.recovered(directory).values.reduce(0, +) == 3_600)
        for name in try directory.names(in: "state") where name.hasPrefix("final-") { try state.remove(name) }
        harness.tick(seconds: 10)
        #expect(harness.events.all.last == .crowded(false, bytes: 0))
    }

    @Test func aDirectoryThatGoesAwayIsToldOnceAndHealsWithEverything() throws {
        let harness = try JournalHarness(directory, incarnation: 1)
        harness.count(1)
        harness.tick()
        #expect(harness.events.all == [.sealing])
        try FileManager.default.moveItem(atPath: directory.file("state"), toPath: directory.file("gone"))
        try FileManager.default.removeItem(atPath: directory.file("gone"))
        // The open segment still takes writes; the next one cannot be made.
        harness.count(2)
        harness.journal.close(before: JournalHarness.hour + 1)
        guard case .notSealing(let error) = harness.events.all.last else {
            Issue.record("no event of the failure")
            return
        }
        #expect(error.number == ENOENT)
        for _ in 0..<4 { harness.tick() }
        let failures = harness.events.all.filter { if case .notSealing = $0 { true } else { false } }.count
        #expect(failures == 1)
        try FileManager.default.createDirectory(atPath: directory.file("state"), withIntermediateDirectories: true)
        harness.tick(seconds: 5)
        #expect(harness.events.all.last == .sealing)
        try remove("hot-", in: "run")
        #expect(try JournalHarness.recovered(directory) == ["1/c1": 1, "1/c2": 1])
    }

    @Test func windowsOfLimitsAreSealedBesideTheUsage() throws {
        let directory = try TemporaryDirectory()
        let harness = try JournalHarness(directory, incarnation: 1)
        var window = WindowCount(key: Hash128(low: 5, high: 6), end: .max / 2, amount: 10, used: 3, isOverflow: false)
        harness.table.count(window)
        harness.journal.seal()
        let state = try Directory(directory.file("state"))
        #expect(try Recovery.windows(in: state) == [window])
        window.used = 7
        harness.table.count(window)
        #expect(try Recovery.windows(in: state).map(\.used) == [3])
        harness.journal.seal()
        #expect(try Recovery.windows(in: state).map(\.used) == [7])
    }

    @Test func aSecondJournalOnTheSameDirectoryFindsItLocked() throws {
        let state = try Directory(making: directory.file("state"), mode: 0o700)
        func isFree() throws -> Bool {
            switch try state.lock("lock") {
            case nil: false
            case .some: true
            }
        }
        do {
            let lock = try state.lock("lock")
            #expect(try isFree() == false)
            _ = consume lock
        }
        #expect(try isFree())
    }
}

import Foundation
import Testing
import WeirCore
import WeirJournal
import WeirTestSupport

/// Claim C8: a journal that is damaged never has to be removed by hand, and what is lost is told.
@Suite struct DamageTests {
    private let directory: TemporaryDirectory
    private let stamp = RecordStamp(number: 1, wallMicroseconds: 5, monotonicMicroseconds: 6)

    init() throws { directory = try TemporaryDirectory() }

    /// Leaves a live segment of three seconds; the name and its bytes.
    private func leaveSegment() throws -> (name: String, bytes: [UInt8]) {
        let harness = try JournalHarness(directory, incarnation: 1)
        for second in 1...3 as ClosedRange<UInt64> {
            for consumer in 0..<3 { harness.count(consumer, calls: second) }
            harness.tick()
        }
        let name = try #require(try directory.names(in: "state").first { $0.hasPrefix("live-") })
        for hot in try directory.names(in: "run") {
            try FileManager.default.removeItem(atPath: directory.file("run/\(hot)"))
        }
        return (name, [UInt8](try Data(contentsOf: URL(filePath: directory.file("state/\(name)")))))
    }

    private func write(_ bytes: [UInt8], _ name: String) throws {
        try Data(bytes).write(to: URL(filePath: directory.file(name)))
    }

    private func succeed() throws -> (outcome: Succession.Outcome, events: [JournalEvent]) {
        var events: [JournalEvent] = []
        let outcome = try Succession(heir: Hash128(low: 9, high: 9), stamp: stamp).run(
            try Directory(directory.file("state")), try Directory(directory.file("run"))
        ) { events.append($0) }
        return (outcome, events)
    }

    @Test func aJournalThatIsFlippedAtAnyByteIsReadToItsEnd() throws {
        let (name, bytes) = try leaveSegment()
        let whole = ["1/c0": 6, "1/c1": 6, "1/c2": 6] as [String: UInt64]
        #expect(try JournalHarness.recovered(directory) == whole)
        for offset in bytes.indices {
            for mask in [0x01, 0x80, 0xff] as [UInt8] {
                var flipped = bytes
                flipped[offset] ^= mask
                try write(flipped, "state/\(name)")
                let found = try JournalHarness.recovered(directory)
                // Of three records one is lost at most: the two others hold at least the second's totals.
                for (consumer, calls) in found { #expect(calls <= whole[consumer] ?? 0, "byte \(offset)") }
                if offset >= SegmentHeader.byteCount {
                    #expect(found.count == 3 && found.values.allSatisfy { $0 >= 3 }, "byte \(offset): \(found)")
                }
            }
        }
    }

    /// In a record that is whole otherwise.
    @Test func oneEntryThatCannotBeLeavesTheOthersOfItsRecord() throws {
        let header = SegmentHeader(kind: .live, incarnation: Hash128(low: 1, high: 1), number: 1, created: 5, salt: 7)
        var stamp = stamp
        var encoder = RecordEncoder(salt: header.salt)
        let cells = (0..<3 as Range<UInt64>).map { number in
            Cell(
                key: Hash128(low: number, high: 1), dimensions: Dimensions(), hour: 5, outcome: .admitted,
                totals: Totals(calls: number == 1 ? 1 << 63 : 4))
        }
        for cell in cells {
            encoder.add(
                UInt32(cell.key.low), key: cell.key, hour: cell.hour, outcome: cell.outcome, totals: cell.totals
            ) { bytes(capacity: Dimensions.maximumEncodedBytes) { cell.dimensions.write(to: &$0) } }
        }
        for number in 0..<3 as Range<UInt64> {
            encoder.add(
                WindowCount(
                    key: Hash128(low: number, high: 2), end: number == 1 ? 0 : 9, amount: 5, used: 2, isOverflow: false)
            )
        }
        let reader = try (header.encoded + encoder.takeRecords(&stamp)).withBytes { try SegmentReader(journal: $0) }
        #expect(reader.cells == [cells[0], cells[2]])
        #expect(reader.windows.keys.map(\.low).sorted() == [0, 2])
        #expect(reader.damagedParts == 2)
    }

    @Test func aDamagedSegmentIsPutAsideAndWhatIsWholeOfItKept() throws {
        let (name, bytes) = try leaveSegment()
        var damaged = bytes
        damaged[SegmentHeader.byteCount + 60] ^= 1
        try write(damaged, "state/\(name)")
        let (outcome, events) = try succeed()
        #expect(outcome.quarantined == [name])
        #expect(outcome.calls > 0)
        #expect(events.contains { if case .damaged(name, 1..., _) = $0 { true } else { false } })
        #expect(try [UInt8](Data(contentsOf: URL(filePath: directory.file("state/quarantine/\(name)")))) == damaged)
        #expect(try !directory.names(in: "state").contains(name))
        // It is told once: the next start finds nothing wrong.
        let again = try succeed()
        #expect(again.outcome == Succession.Outcome())
        #expect(again.events.isEmpty)
    }

    @Test func oneWhoseHeaderIsGoneIsPutAsideWholeAndOneOfZerosIsTorn() throws {
        let (name, bytes) = try leaveSegment()
        var damaged = bytes
        damaged[0] ^= 0xff
        try write(damaged, "state/\(name)")
        try write([UInt8](repeating: 0, count: 4_096), "state/live-\(String(repeating: "0", count: 32))-00000001.wj")
        try write([], "state/live-\(String(repeating: "1", count: 32))-00000001.wj")
        let (outcome, _) = try succeed()
        #expect(outcome.quarantined == [name])
        #expect(try directory.names(in: "state").filter { $0.hasSuffix(".wj") }.isEmpty)
        #expect(try succeed().events.isEmpty)
    }

    @Test func aTableThatIsDamagedLeavesTheJournal() throws {
        let harness = try JournalHarness(directory, incarnation: 1)
        for consumer in 0..<20 { harness.count(consumer, calls: 5) }
        harness.tick()
        let name = try #require(try directory.names(in: "run").first { $0.hasPrefix("hot-") })
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: directory.file("run/\(name)"))))
        var random = SeededRandom(7)
        for round in 0..<60 {
            var damaged = bytes
            for _ in 0..<200 {
                damaged[Int.random(in: bytes.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            }
            if round.isMultiple(of: 3) {
                damaged = Array(damaged.prefix(Int.random(in: bytes.indices, using: &random)))
            }
            try write(damaged, "run/\(name)")
            let found = try JournalHarness.recovered(directory)
            // Flipped totals may be larger, as a slot's seal covers what it counts and not how much: told by nobody, so never
            // less than the journal has.
            for consumer in 0..<20 { #expect((found["1/c\(consumer)"] ?? 0) >= 5) }
        }
    }

    @Test func aTableThatIsMissingForeignOrOfAnotherSizeLeavesTheJournal() throws {
        let harness = try JournalHarness(directory, incarnation: 1)
        harness.count(1, calls: 5)
        harness.tick()
        let name = try #require(try directory.names(in: "run").first { $0.hasPrefix("hot-") })
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: directory.file("run/\(name)"))))
        var foreign = bytes
        foreign[8] = 9
        let header = foreign.prefix(48)
        let checksum = Array(header).withBytes { CRC32C.checksum($0) }
        for index in 0..<4 { foreign[48 + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(index * 8)) }
        try write(foreign, "run/\(name)")
        let (outcome, events) = try succeed()
        #expect(events == [.foreign(file: name)])
        #expect(outcome.calls == 5)
        // Somebody else's is left where it is.
        #expect(try directory.names(in: "run").contains(name))
        try write(bytes + [0], "run/\(name)")
        #expect(try succeed().outcome.quarantined == [name])
        #expect(try directory.names(in: "run").filter { $0.hasPrefix("hot-") }.isEmpty)
        #expect(try JournalHarness.recovered(directory) == ["1/c1": 5])
    }

    @Test func quarantineKeepsTheNewestAndNeverGrowsBeyondItsMaximum() throws {
        try FileManager.default.createDirectory(atPath: directory.file("state"), withIntermediateDirectories: true)
        let quarantine = Quarantine(of: directory.file("state"))
        for index in 0..<(Quarantine.maximumFiles + 10) { try quarantine.keep([1], as: "f\(1_000 + index)") }
        #expect(try directory.names(in: "state/quarantine").count == Quarantine.maximumFiles)
    }

    @Test func quarantineIsBoundedByItsBytesToo() throws {
        try FileManager.default.createDirectory(atPath: directory.file("state"), withIntermediateDirectories: true)
        let quarantine = Quarantine(of: directory.file("state"), maximumBytes: 1_000)
        for index in 0..<6 { try quarantine.keep([UInt8](repeating: 1, count: 300), as: "f\(index)") }
        #expect(try directory.names(in: "state/quarantine") == ["f3", "f4", "f5"])
        try quarantine.keep([UInt8](repeating: 1, count: 3_000), as: "g")
        #expect(try directory.names(in: "state/quarantine") == ["g"])
    }
}

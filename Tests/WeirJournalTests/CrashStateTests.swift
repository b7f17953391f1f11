import Foundation
import Testing
import WeirCore
import WeirJournal
import WeirTestSupport

/// Claim C3: a power cut or a crash of the system loses at most what came after the last sync.
///
/// After a sync everything before it is on disk. Of what was written since, the disk may hold any part: each length of the file,
/// and each choice of its sectors, the others being zeros. Every such state is made and recovered, without the hot table.
@Suite struct CrashStateTests {
    private static let sector = 512
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// The live segment and what was counted, after one sync.
    private struct Moment {
        var bytes: [UInt8]
        var calls: [String: UInt64]
    }

    /// A run of eight seconds with old and new consumers, seen after each sync.
    private func moments() throws -> (name: String, moments: [Moment]) {
        let harness = try JournalHarness(directory, incarnation: 1)
        var moments: [Moment] = []
        var calls: [String: UInt64] = [:]
        var name = ""
        for second in 1...8 {
            for consumer in 0..<(second * 3) {
                harness.count(consumer, calls: UInt64(second))
                calls["1/c\(consumer)", default: 0] += UInt64(second)
            }
            harness.tick()
            name = try #require(try directory.names(in: "state").first { $0.hasPrefix("live-") })
            let bytes = try Data(contentsOf: URL(filePath: directory.file("state/\(name)")))
            moments.append(Moment(bytes: [UInt8](bytes), calls: calls))
        }
        return (name, moments)
    }

    /// What a recovery finds of a live segment that the disk holds so.
    private func recovered(_ bytes: [UInt8], _ name: String, in place: TemporaryDirectory) throws -> [String: UInt64] {
        try Data(bytes).write(to: URL(filePath: place.file("state/\(name)")))
        return try JournalHarness.recovered(place)
    }

    private func check(_ found: [String: UInt64], from before: Moment, to after: Moment, _ what: String) {
        for (consumer, calls) in before.calls { #expect((found[consumer] ?? 0) >= calls, "\(what): \(consumer)") }
        for (consumer, calls) in found { #expect(calls <= after.calls[consumer] ?? 0, "\(what): \(consumer)") }
    }

    @Test func aPowerCutAtAnyByteLosesAtMostWhatCameAfterTheLastSync() throws {
        let (name, moments) = try moments()
        let place = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: place.file("state"), withIntermediateDirectories: true)
        for (before, after) in zip(moments, moments.dropFirst()) {
            for length in before.bytes.count...after.bytes.count {
                let found = try recovered(Array(after.bytes[..<length]), name, in: place)
                check(found, from: before, to: after, "cut at \(length)")
            }
        }
    }

    @Test(arguments: 1...6)
    func sectorsThatDidNotReachTheDiskLoseOnlyWhatWasInThem(_ seed: UInt64) throws {
        let (name, moments) = try moments()
        let place = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: place.file("state"), withIntermediateDirectories: true)
        var random = SeededRandom(seed)
        for (before, after) in zip(moments, moments.dropFirst()) {
            for _ in 0..<40 {
                var bytes = after.bytes
                var sector = before.bytes.count / Self.sector
                while sector * Self.sector < bytes.count {
                    if Bool.random(using: &random) {
                        // A sector that holds synced bytes too was written whole before.
                        let start = max(sector * Self.sector, before.bytes.count)
                        for offset in start..<min((sector + 1) * Self.sector, bytes.count) { bytes[offset] = 0 }
                    }
                    sector += 1
                }
                check(try recovered(bytes, name, in: place), from: before, to: after, "sectors")
            }
        }
    }

    /// A new live segment replaces the old one, which goes only when the new one is synced: whichever of both the disk holds,
    /// in whatever state the new one is, nothing that was synced is lost.
    @Test func aPowerCutWhileASegmentIsBegunAnewLosesNothing() throws {
        let (name, moments) = try moments()
        let last = try #require(moments.last)
        let successor = String(name.dropLast(11)) + "00000002.wj"
        let place = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: place.file("state"), withIntermediateDirectories: true)
        try Data(last.bytes).write(to: URL(filePath: place.file("state/\(name)")))
        for length in stride(from: 0, through: last.bytes.count, by: 7) {
            // The successor is being written: any part of it is there, the old one is.
            let found = try recovered(Array(last.bytes[..<length]), successor, in: place)
            #expect(found == last.calls, "cut at \(length)")
        }
        try FileManager.default.removeItem(atPath: place.file("state/\(name)"))
        #expect(try recovered(last.bytes, successor, in: place) == last.calls)
    }
}

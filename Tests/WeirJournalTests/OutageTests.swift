import Foundation
import Testing
import WeirCore
import WeirJournal
import WeirTestSupport

/// Claim C5: an outage of any length needs disk in proportion to active keys, not to requests; and what is kept for the
/// collector, before and after it has it.
@Suite struct OutageTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func bytes(_ prefix: String) throws -> Int {
        try Directory(directory.file("state")).byteCount(prefix: prefix)
    }

    /// Two weeks of a collector that is away, in virtual time: 40 consumers, with few requests an hour or with many.
    @Test(arguments: [1, 1_000] as [UInt64])
    func anOutageOfWeeksNeedsDiskByActiveKeysAndNotByRequests(_ calls: UInt64) throws {
        let cap = 200_000
        let harness = try JournalHarness(directory, incarnation: 1, maximumKeys: 100, maximumBytes: cap)
        let hours = 14 * 24
        for hour in 0..<UInt32(hours) {
            for _ in 0..<3 {
                for consumer in 0..<40 {
                    harness.count(
                        consumer, calls: calls,
                        hour: max(JournalHarness.hour + hour, harness.table.withUsage { $0.finalBefore }))
                }
                harness.tick(seconds: 1_190)
            }
            harness.tick(seconds: 30)
            // What still changes is one hour's cells, sealed over and over: it is begun anew at 4 MiB.
            #expect(try bytes("live-") < 5 << 20)
        }
        // An hour of 40 consumers takes some 5 kB; beyond the cap only the amount is kept, a few hundred bytes an hour.
        let waiting = try bytes("final-")
        #expect(waiting > cap)
        #expect(waiting < cap + 10_000 + hours * 400)
        #expect(try JournalHarness.recovered(directory).values.reduce(0, +) == UInt64(hours) * 3 * 40 * calls)
    }

    @Test func whatTheCollectorHasIsKeptForAWhileAndThenGoes() throws {
        let harness = try JournalHarness(directory, incarnation: 1)
        for hour in 0..<3 as Range<UInt32> {
            harness.count(1, hour: JournalHarness.hour + hour)
            harness.journal.seal()
            harness.journal.close(before: JournalHarness.hour + hour + 1)
        }
        let segments = FinalSegments(path: directory.file("state"))
        let names = try segments.names()
        #expect(names.count == 3)
        for name in names { try segments.retire(name) }
        #expect(try segments.names().isEmpty)
        let now = Int(Date().timeIntervalSince1970)
        try segments.prune(now: now + 3_500, retain: 3_600, maximumBytes: 1 << 20)
        #expect(try bytes("sent-") > 0)
        // A collector that forgot is sent them again, and has them again.
        #expect(try segments.recall() == 3)
        #expect(try segments.names() == names)
        for name in names { try segments.retire(name) }
        try segments.prune(now: now, retain: 3_600, maximumBytes: try bytes("sent-") - 1)
        #expect(try directory.names(in: "state").filter { $0.hasPrefix("sent-") }.count == 2)
        try segments.prune(now: now + 3_700, retain: 3_600, maximumBytes: 1 << 20)
        #expect(try bytes("sent-") == 0)
    }

    @Test func aBookOfDeliveriesNoticesACollectorThatForgot() throws {
        let path = directory.file("state")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        var book = DeliveryBook(in: path)
        #expect(book.next == 1)
        #expect(!book.hasForgotten(0))
        for _ in 0..<4 { book.acknowledge() }
        #expect(!book.hasForgotten(4))
        // An answer that was lost: the collector knows the delivery already.
        #expect(!book.hasForgotten(5))
        #expect(!book.hasForgotten(nil))
        // The next run goes on with the agent's name and number.
        let next = DeliveryBook(in: path)
        #expect(next.agent == book.agent)
        #expect(next.acknowledged == 4)
        #expect(next.hasForgotten(3))
        // A book that is not what was written is a new one, of another name.
        try Data("nonsense".utf8).write(to: URL(filePath: "\(path)/deliveries"))
        let fresh = DeliveryBook(in: path)
        #expect(fresh.agent != book.agent)
        #expect(fresh.next == 1)
    }

    @Test func aBookOfDeliveriesNoticesThatAnotherAgentHasACopyOfIt() throws {
        let path = directory.file("state")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        var book = DeliveryBook(in: path)
        for _ in 0..<4 { book.acknowledge() }
        // Its own repeat makes the collector know the next delivery, and no further one.
        #expect(!book.isShared(4) && !book.isShared(5) && !book.isShared(nil))
        #expect(book.isShared(6))
        let before = book.agent
        book.rename()
        #expect(book.agent != before && book.next == 1 && !book.hasForgotten(0))
        #expect(DeliveryBook(in: path).agent == book.agent)
    }

    /// Ten million different keys: memory is fixed, and the amount is kept to the last call. (Fewer in debug builds, whose every
    /// step is ten times as slow, and too few to tell.)
    @Test func tenMillionKeysAreCountedInMemoryForAThousand() throws {
        #if DEBUG
        let (keys, roomKiB) = (30_000, Int.max)
        #else
        // Kept apart they would take a gigabyte; what other tests take meanwhile is less.
        let (keys, roomKiB) = (10_000_000, 256 * 1_024)
        #endif
        let harness = try JournalHarness(directory, incarnation: 1, maximumKeys: 1_000)
        let before = try residentKiB()
        for key in 0..<keys { harness.count(key) }
        #expect(try residentKiB() - before < roomKiB)
        harness.tick()
        let found = try JournalHarness.recovered(directory)
        #expect(found.count == 1_001)
        #expect(found.values.reduce(0, +) == UInt64(keys))
        #expect(found["1/other"] == UInt64(keys - 1_000))
        #expect(try bytes("live-") < 400_000)
    }

    private func residentKiB() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") })
        return try #require(Int(line.filter(\.isNumber)))
    }
}

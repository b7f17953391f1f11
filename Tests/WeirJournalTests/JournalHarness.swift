import Synchronization
import WeirCore
import WeirJournal
import WeirTestSupport

/// One run of an agent as the journal sees it: a hot table in a file, and a journal that seals it, in directories that
/// stay.
final class JournalHarness {
    /// The table behind a lock, as the agent has it.
    final class Table: UsageAccess {
        private let table: Mutex<UsageTable>
        /// What limits have counted in windows: those that the journal has not heard of, and all.
        private let windows = Mutex<(unsealed: [WindowCount], all: [WindowCount])>(([], []))

        init(_ table: consuming UsageTable) { self.table = Mutex(table) }

        func takeUnsealedWindows(from start: Int, scan: Int) -> (windows: [WindowCount], next: Int?) {
            windows.withLock { windows in
                defer { windows.unsealed = [] }
                return (windows.unsealed, nil)
            }
        }

        func unsealWindows(from start: Int, scan: Int) -> Int? {
            windows.withLock { $0.unsealed = $0.all }
            return nil
        }

        /// Counts in a window, as the limiter does.
        func count(_ window: WindowCount) {
            windows.withLock { windows in
                windows.all.removeAll { $0.key == window.key }
                windows.all.append(window)
                windows.unsealed.append(window)
            }
        }

        func withUsage<Result: Sendable>(_ body: (inout UsageTable) -> Result) -> Result {
            table.withLock { body(&$0) }
        }
    }

    static let hour: UInt32 = 480_000
    static let deadline: Int64 = 600_000_000

    let incarnation: Hash128
    let file: HotFile
    let table: Table
    let journal: Journal
    /// What the journal said; a class, as the closure that fills it outlives the initialiser.
    let events = Events()
    var wall = Int64(hour) * 3_600_000_000
    var monotonic: Int64 = 1_000_000

    final class Events {
        var all: [JournalEvent] = []
    }

    init(
        _ directory: TemporaryDirectory, incarnation: UInt64, maximumKeys: Int = 50, maximumBytes: Int = 64 << 20
    ) throws {
        self.incarnation = Hash128(low: incarnation, high: incarnation)
        let runtime = try Directory(making: directory.file("run"), mode: 0o700)
        file = try HotFile.make(in: runtime, incarnation: self.incarnation, maximumKeys: maximumKeys, created: 0)
        table = Table(UsageTable(over: file.region, maximumKeys: maximumKeys))
        let events = events
        journal = Journal(
            directory: try Directory(making: directory.file("state"), mode: 0o700), runtime: runtime,
            incarnation: self.incarnation, deadline: Self.deadline, maximumBytes: maximumBytes, usage: table
        ) { events.all.append($0) }
    }

    /// Counts a call of a consumer.
    func count(_ consumer: Int, calls: UInt64 = 1, hour: UInt32 = hour, outcome: Outcome = .admitted) {
        table.withUsage { table in
            table.count(
                Totals(calls: calls, bytesIn: 1, bytesOut: 2, units: calls),
                key: Hash128(low: UInt64(consumer) &* 0x9e37_79b9_7f4a_7c15, high: 77),
                other: Hash128(low: 0, high: 78), hour: hour, outcome: outcome
            ) { isOther, writer in
                var dimensions = Dimensions()
                dimensions.consumer = isOther ? "" : "c\(consumer)"
                dimensions.key = isOther ? "other" : ""
                dimensions.write(to: &writer)
            }
        }
    }

    /// Lets a second pass, and seals.
    func tick(seconds: Int64 = 1) {
        wall += seconds * 1_000_000
        monotonic += seconds * 1_000_000
        journal.tick(wall: wall, monotonic: monotonic)
    }

    /// Everything that the directories hold, of all incarnations but `own`: calls by consumer, and by incarnation.
    static func recovered(_ directory: TemporaryDirectory, except own: UInt64 = 0) throws -> [String: UInt64] {
        var calls: [String: UInt64] = [:]
        for (incarnation, cells) in try UsageArchive.read(
            state: directory.file("state"), runtime: directory.file("run"))
        {
            for cell in cells {
                calls["\(incarnation.low)/\(cell.dimensions.consumer)\(cell.dimensions.key)", default: 0] +=
                    cell.totals.calls
            }
        }
        return calls
    }
}

import CLinux
import Glibc
package import WeirCore

/// The durable record of this incarnation's usage, and the heir of those before it.
///
/// Each second `seal` copies changed totals to the live segment and syncs it. When an hour is over for good its cells
/// are written once more, to final segments of up to 10,000 cells: the very bytes that are sent to the collector, which
/// removes them when it has taken them. The live segment begins anew when most of it is superseded, so that disk is in
/// proportion to active cells and not to time. Used by one thread; the hot table comes with its lock, a few cells at a
/// time.
package final class Journal {
    /// Cells that are copied in one hold of the table's lock.
    private static let cellsPerHold = 64
    /// Slots that are looked at in one hold of it.
    private static let slotsPerHold = 4_096
    /// Cells of one final segment, and of one batch.
    package static let cellsPerSegment = 10_000
    /// A live segment is begun anew at this size, or at four times what its first seal took.
    private static let segmentBytes = 4 << 20
    /// Microseconds between attempts to seal again after a failure.
    private static let retryInterval: Int64 = 5_000_000
    /// Microseconds between attempts to take over what others left.
    private static let recoverInterval: Int64 = 180_000_000
    /// Microseconds between looks at how much waits for the collector.
    private static let weighInterval: Int64 = 10_000_000

    private let directory: Directory
    private let runtime: Directory
    private let incarnation: Hash128
    private let maximumBytes: Int
    private let usage: any UsageAccess
    private let report: (JournalEvent) -> Void
    private var hours: HourClock
    private var segment: SegmentFile?
    private var encoder = RecordEncoder(salt: 0)
    private var stamp = RecordStamp(number: 1, wallMicroseconds: 0, monotonicMicroseconds: 0)
    private var liveCount: UInt64 = 0
    private var finalCount: UInt64 = 0
    private var snapshotBytes = 0
    private var isSealing = false
    /// Nothing of hours before it changes any more, and all of it is in final segments; 0: of none.
    package private(set) var closedBefore: UInt32 = 0
    /// The runs whose usage was taken over; nil while some may be left.
    package private(set) var predecessors: [Hash128]?
    private var taken: Set<Hash128> = []
    private var isCrowded = false
    private var weighAt: Int64 = .min
    private var retryAt: Int64 = .min
    private var superseded: [String] = []
    /// When to take over what other incarnations left; nil once it is done.
    private var recoverAt: Int64? = .min

    /// - Parameters:
    ///   - directory: where segments lie; the caller holds its lock.
    ///   - runtime: where hot tables lie; the caller holds its lock.
    ///   - deadline: microseconds after an hour's end until which reports are taken.
    ///   - maximumBytes: final segments that may wait for the collector; beyond, new keys are counted together.
    package init(
        directory: consuming Directory, runtime: consuming Directory, incarnation: Hash128, deadline: Int64,
        maximumBytes: Int, usage: any UsageAccess, report: @escaping (JournalEvent) -> Void
    ) {
        self.directory = directory
        self.runtime = runtime
        self.incarnation = incarnation
        self.maximumBytes = maximumBytes
        self.usage = usage
        self.report = report
        hours = HourClock(deadline: deadline)
    }

    /// Seals what changed, and closes hours that are over. Microseconds, of the wall clock and of one that never goes
    /// back.
    package func tick(wall: Int64, monotonic: Int64) {
        stamp.wallMicroseconds = wall
        stamp.monotonicMicroseconds = monotonic
        let (openHour, step) = hours.tick(wall: wall, monotonic: monotonic)
        if let step { report(.clockStep(seconds: step)) }
        if monotonic >= retryAt { seal() }
        if let openHour, isSealing { close(before: openHour) }
        if monotonic >= weighAt { weigh() }
    }

    // MARK: Sealing

    /// Copies changed totals to the live segment and syncs it. After a failure nobody knows what the disk holds of the
    /// segment: it is given up, never synced again, and a new one begins with everything, at once; when that fails too, later.
    package func seal() {
        do throws(SystemError) {
            try sealOnce()
        } catch {
            let wasNew = segment == nil
            giveUp()
            guard !wasNew else { return fail(error) }
            do throws(SystemError) {
                try sealOnce()
                report(.segmentGivenUp(error))
            } catch {
                giveUp()
                fail(error)
            }
        }
    }

    private func sealOnce() throws(SystemError) {
        if segment == nil { try begin() }
        try sealChanges()
        if let bytes = segment?.byteCount, bytes > max(Self.segmentBytes, 4 * snapshotBytes) {
            try begin()
            try sealChanges()
        }
        for name in superseded { try directory.remove(name) }
        superseded = []
        if !isSealing { report(.sealing) }
        isSealing = true
        retryAt = .min
    }

    /// The next segment will hold everything.
    private func giveUp() {
        if let name = segment?.name {
            superseded.append(name)
            segment = nil
        }
        unsealAll()
    }

    /// Usage lives in the hot table only, until another attempt succeeds.
    private func fail(_ error: SystemError) {
        if isSealing || retryAt == .min { report(.notSealing(error)) }
        isSealing = false
        retryAt = stamp.monotonicMicroseconds + Self.retryInterval
    }

    /// Begins a live segment that will hold every cell; the one before it is superseded once this one is sealed.
    private func begin() throws(SystemError) {
        liveCount += 1
        let header = header(.live, number: liveCount)
        let next = try SegmentFile(in: directory, header: header)
        try directory.sync()
        if let name = segment?.name { superseded.append(name) }
        segment = consume next
        encoder = RecordEncoder(salt: header.salt, isRedundant: true)
        unsealAll()
        snapshotBytes = 0
    }

    /// What comes next begins with every cell and every window.
    private func unsealAll() {
        usage.putBackAll(.unsealed)
        usage.unsealAllWindows()
    }

    private func header(_ kind: SegmentHeader.Kind, number: UInt64) -> SegmentHeader {
        var salt: UInt32 = 0
        _ = withUnsafeMutableBytes(of: &salt) { linux_random($0.baseAddress, $0.count) }
        return SegmentHeader(
            kind: kind, incarnation: incarnation, number: number, created: UInt64(bitPattern: stamp.wallMicroseconds),
            salt: salt)
    }

    private func sealChanges() throws(SystemError) {
        var start: Int? = 0
        while let from = start {
            let (next, cells) = usage.withUsage { table in
                var cells: [CopiedCell] = []
                let next = table.takeChanged(
                    .unsealed, from: from, limit: Self.cellsPerHold, scan: Self.slotsPerHold
                ) { _, cell, table in
                    if !cell.isFinal, let copy = CopiedCell(cell, of: table, unless: encoder) { cells.append(copy) }
                }
                return (next, cells)
            }
            for cell in cells { cell.add(to: &encoder) }
            start = next
        }
        start = 0
        while let from = start {
            let (windows, next) = usage.takeUnsealedWindows(from: from, scan: Self.slotsPerHold)
            for window in windows { encoder.add(window) }
            start = next
        }
        guard !encoder.isEmpty else { return }
        let records = encoder.takeRecords(&stamp)
        try segment?.append(records)
        try segment?.sync()
        if snapshotBytes == 0 { snapshotBytes = records.count }
    }

    // MARK: Closing hours

    /// Closes every hour before `hour`: its cells take no more, are written to final segments, and may be freed.
    package func close(before hour: UInt32) {
        guard hour > closedBefore else { return }
        usage.withUsage { $0.close(before: hour) }
        do throws(SystemError) {
            let cells = try writeFinal(before: hour)
            closedBefore = hour
            if cells > 0 { report(.finalised(before: hour, cells: cells)) }
            freeWhenCrowded()
        } catch {
            giveUp()
            fail(error)
        }
    }

    private func writeFinal(before hour: UInt32) throws(SystemError) -> Int {
        var start: Int? = 0
        var slots: [UInt32] = []
        var cells: [CopiedCell] = []
        var total = 0
        while let from = start {
            start = usage.withUsage { table in
                table.forEachCell(before: hour, from: from, scan: Self.slotsPerHold / 16) { slot, cell in
                    guard !cell.isFinal, let copy = CopiedCell(cell, of: table, unless: nil) else { return }
                    slots.append(slot)
                    cells.append(copy)
                }
            }
            while cells.count >= Self.cellsPerSegment || start == nil && !cells.isEmpty {
                let part = cells.prefix(Self.cellsPerSegment)
                try writeFinal(part)
                total += part.count
                cells.removeFirst(part.count)
            }
        }
        for first in stride(from: 0, to: slots.count, by: Self.slotsPerHold) {
            let part = slots[first..<min(first + Self.slotsPerHold, slots.count)]
            usage.withUsage { table in for slot in part { table.finalise(slot) } }
        }
        return total
    }

    private func writeFinal(_ cells: ArraySlice<CopiedCell>) throws(SystemError) {
        finalCount += 1
        let header = header(.final, number: finalCount)
        var encoder = RecordEncoder(salt: header.salt)
        for cell in cells { cell.add(to: &encoder) }
        try SegmentFile.writeWhole(header, encoder.takeRecords(&stamp), in: directory)
    }

    /// Final cells are kept while there is room, so that late reports find whom they are for.
    private func freeWhenCrowded() {
        guard usage.withUsage({ $0.isCrowded }) else { return }
        let count = usage.withUsage { $0.slotCount }
        for first in stride(from: 0, to: count, by: Self.slotsPerHold) {
            usage.withUsage { $0.free(from: first, count: Self.slotsPerHold) }
        }
    }

    /// Bytes of the final segments that nobody has taken yet.
    private func weigh() {
        weighAt = stamp.monotonicMicroseconds + Self.weighInterval
        guard let bytes = try? directory.byteCount(prefix: "final-") else { return }
        if isCrowded != (bytes > maximumBytes) {
            isCrowded = bytes > maximumBytes
            let isThrifty = isCrowded
            usage.withUsage { $0.isThrifty = isThrifty }
            report(.crowded(isCrowded, bytes: bytes))
        }
    }

    // MARK: Recovery

    /// Takes over what other incarnations left, once a seal has shown that the disk takes something; what could not be taken over
    /// is tried again later.
    package func recoverWhenSealing() {
        guard isSealing, let recoverAt, stamp.monotonicMicroseconds >= recoverAt else { return }
        recover()
    }

    /// Takes over what other incarnations left.
    package func recover() {
        recoverAt = stamp.monotonicMicroseconds + Self.recoverInterval
        do throws(SystemError) {
            let outcome = try Succession(heir: incarnation, stamp: stamp).run(directory, runtime) { report($0) }
            for name in outcome.quarantined { report(.quarantined(file: name)) }
            taken.formUnion(outcome.taken)
            if outcome.isComplete {
                recoverAt = nil
                predecessors = Array(taken)
            }
            guard outcome.incarnations > 0 else { return }
            report(
                .recovered(incarnations: outcome.incarnations, cells: outcome.cells, calls: outcome.calls))
        } catch {
            report(.notRecovering(error))
        }
    }

    // MARK: The end

    /// Seals once more; then the hot table is superseded by the journal. The files are left for the next incarnation,
    /// which makes them final.
    package func finish(wall: Int64, monotonic: Int64) {
        stamp.wallMicroseconds = wall
        stamp.monotonicMicroseconds = monotonic
        seal()
    }
}

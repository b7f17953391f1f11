package import WeirCore

/// Takes over what other incarnations left: their totals become final segments, then their files go.
///
/// Idempotent: a kill in its midst leaves files that are taken over again, to the same totals. What is damaged is put aside
/// once what is whole of it is safe; nobody has to remove anything by hand. The agent does this behind its start, `weir
/// journal repair` where no agent runs.
package struct Succession {
    /// What came of it.
    package struct Outcome: Equatable, Sendable {
        package var incarnations = 0
        /// Which they are.
        package var taken: Set<Hash128> = []
        package var cells = 0
        package var calls: UInt64 = 0
        /// Files that were put aside.
        package var quarantined: [String] = []
        /// Whether nothing is left that could not be read.
        package var isComplete = true

        package init() {}
    }

    private let heir: Hash128
    private let stamp: RecordStamp

    /// - Parameter heir: the running incarnation, whose own files are left alone; zero for none.
    package init(heir: Hash128, stamp: RecordStamp) {
        self.heir = heir
        self.stamp = stamp
    }

    /// Takes everything over.
    ///
    /// - Parameters:
    ///   - directory: the journal's; the caller holds its lock.
    ///   - runtime: that of the hot tables; likewise.
    ///   - report: hears what is damaged or foreign.
    package func run(
        _ directory: borrowing Directory, _ runtime: borrowing Directory, report: (JournalEvent) -> Void
    ) throws(SystemError) -> Outcome {
        // What a write that failed has left under no name that means anything.
        for name in try directory.names() where name.hasPrefix(".final-") { try directory.remove(name) }
        var recovery = Recovery(except: heir)
        try recovery.read(directory, runtime, report: report)
        var outcome = Outcome()
        let finished = FinishedRuns(in: directory.path)
        for (incarnation, found) in recovery.incarnations {
            try write(found, of: incarnation, in: directory)
            // One that has spent nothing may hold a window all the same.
            if recovery.unreadable.isEmpty { try finished.note(incarnation) }
            outcome.incarnations += 1
            outcome.taken.insert(incarnation)
            outcome.cells += found.cells.count
            outcome.calls += found.cells.filter { $0.outcome == .admitted }.reduce(0) { $0 + $1.totals.calls }
            for name in found.segments where !recovery.damagedSegments.contains(name) { try directory.remove(name) }
            for name in found.hotFiles where !recovery.damagedTables.contains(name) { try runtime.remove(name) }
        }
        let quarantine = Quarantine(of: directory.path)
        for name in recovery.emptySegments { try directory.remove(name) }
        for name in recovery.damagedSegments { try quarantine.take(name, from: directory) }
        for name in recovery.damagedTables {
            // It lies on another file system.
            try quarantine.keep(try runtime.read(name), as: name)
            try runtime.remove(name)
        }
        outcome.isComplete = recovery.unreadable.isEmpty
        outcome.quarantined = recovery.damagedSegments + recovery.damagedTables
        return outcome
    }

    private func write(
        _ found: Recovery.Found, of incarnation: Hash128, in directory: borrowing Directory
    ) throws(SystemError) {
        for (index, first) in stride(from: 0, to: found.cells.count, by: Journal.cellsPerSegment).enumerated() {
            let part = Array(found.cells[first..<min(first + Journal.cellsPerSegment, found.cells.count)])
            let header = SegmentHeader(
                kind: .final, incarnation: incarnation, number: found.nextFinal + UInt64(index),
                created: UInt64(bitPattern: stamp.wallMicroseconds), salt: UInt32(truncatingIfNeeded: incarnation.low))
            let segment = RecordEncoder.segment(header, part, stamp: stamp)
            try SegmentFile.writeWhole(header, Array(segment.dropFirst(SegmentHeader.byteCount)), in: directory)
        }
    }
}

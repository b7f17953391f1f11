package import WeirCore

/// Changed cells on their way to the collector, and how to mark them as changed again if they do not arrive.
package struct LiveBatch: Sendable {
    /// The segment that is sent.
    package let bytes: [UInt8]
    /// How many cells it holds.
    package let count: Int
    private let slots: [UInt32]

    /// Takes up to so many changed cells out of the hot table; nil when none has changed. Cells of closed hours are
    /// left out: they are in final segments.
    package static func take(
        from usage: any UsageAccess, limit: Int = Journal.cellsPerSegment, header: SegmentHeader, stamp: RecordStamp
    ) -> LiveBatch? {
        var encoder = RecordEncoder(salt: header.salt)
        var slots: [UInt32] = []
        var start: Int? = 0
        while let from = start, slots.count < limit {
            let known = encoder
            let (next, taken) = usage.withUsage { table in
                var taken: [(UInt32, CopiedCell)] = []
                let next = table.takeChanged(
                    .unsent, from: from, limit: min(64, limit - slots.count), scan: 4_096
                ) { slot, cell, table in
                    guard !cell.isFinal, let copy = CopiedCell(cell, of: table, unless: known) else { return }
                    taken.append((slot, copy))
                }
                return (next, taken)
            }
            for (slot, cell) in taken {
                slots.append(slot)
                cell.add(to: &encoder)
            }
            start = next
        }
        guard !slots.isEmpty else { return nil }
        var stamp = stamp
        return LiveBatch(bytes: header.encoded + encoder.takeRecords(&stamp), count: slots.count, slots: slots)
    }

    /// Marks the cells as changed again.
    package func putBack(into usage: any UsageAccess) {
        for first in stride(from: 0, to: slots.count, by: 1_024) {
            let part = slots[first..<min(first + 1_024, slots.count)]
            usage.withUsage { table in for slot in part { table.putBack(slot, .unsent) } }
        }
    }
}

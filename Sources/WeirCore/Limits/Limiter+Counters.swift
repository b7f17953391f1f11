/// Counters that outlive the process: what a successor takes over, and what the journal seals.
extension Limiter {
    /// Bytes of memory that the counters of so many keys take.
    package static func counterBytes(_ maximumKeys: Int) -> Int { LimitTable.byteCount(maximumKeys) }

    /// Reads the counters of a table that another run left, leaving out what is free or not what was written.
    ///
    /// - Parameters:
    ///   - region: the table's memory, of `counterBytes(maximumKeys)` bytes.
    ///   - damaged: counts slots that are neither free nor sound.
    package static func counters(
        in region: UnsafeMutableRawBufferPointer, maximumKeys: Int, damaged: inout Int
    ) -> [StoredCounter] {
        let table = unsafe LimitTable(maximumKeys: maximumKeys, over: region)
        var counters: [StoredCounter] = []
        for index in 0..<LimitTable.slotCount(maximumKeys) where !table[index].isFree {
            let slot = table[index]
            // Slots in use are nobody's any more: the connections that held them are gone.
            if slot.isIntact, slot.windowEnd == 0, table.terms.checked(slot.terms)?.numerator == 0 { continue }
            guard slot.isIntact, let terms = table.terms.checked(slot.terms),
                (-LimitTerms.maximumProduct...terms.fullCredit).contains(slot.bucket.credit),
                (0...terms.capacity).contains(slot.inHand), slot.windowEnd >= 0,
                (slot.windowEnd > 0) == (terms.numerator == 0)
            else {
                damaged += 1
                continue
            }
            counters.append(
                StoredCounter(
                    key: slot.key, terms: terms, credit: slot.bucket.credit, at: slot.bucket.at, inHand: slot.inHand,
                    windowEnd: slot.windowEnd, isOverflow: slot.isOverflow))
        }
        return counters
    }

    /// Takes over counters that another run left, before the first check.
    ///
    /// - Parameters:
    ///   - isSameBoot: whether the clock that buckets refill by has run on since; else buckets start full.
    /// - Returns: how many there was no room for.
    package mutating func restore(_ counters: [StoredCounter], isSameBoot: Bool, now: Instant) -> Int {
        var forgotten = 0
        for counter in counters {
            let isOver = counter.windowEnd > 0 ? counter.windowEnd <= now.wallMicroseconds : !isSameBoot
            if !isOver, !table.restore(counter, now: now) { forgotten += 1 }
        }
        return forgotten
    }

    /// Calls `body` for windows that changed since they were sealed, from slot `start` on; looks at no more than `scan` slots.
    ///
    /// - Returns: the slot to go on from; nil at the end.
    package mutating func takeUnsealedWindows(
        from start: Int, scan: Int, now: Instant, _ body: (WindowCount) -> Void
    ) -> Int? {
        table.takeUnsealedWindows(from: start, scan: scan, wall: now.wallMicroseconds, body)
    }

    /// Marks windows as changed, from slot `start` on, for a journal that begins anew; looks at no more than `scan` slots.
    ///
    /// - Returns: the slot to go on from; nil at the end.
    package mutating func unsealWindows(from start: Int, scan: Int) -> Int? {
        table.unsealWindows(from: start, scan: scan)
    }
}

/// What the tables hold, and what became of checks.
extension Limiter {
    /// Forgets keys that time has made as new, among the next `count` slots.
    package mutating func sweep(_ count: Int, now: Instant) { table.sweep(count, now: now) }

    package var limitCount: Int { policy.limitCount }

    /// What became of the checks that a limit matched.
    package func counters(of limit: Int) -> LimitCounters { counters[limit] }

    package var denialCount: Int { denials.count }

    /// Checks that a `deny` statement matched, by its number among them.
    package func denials(of denial: Int) -> UInt64 { denials[denial] }

    package var keyCount: Int { table.count }
    package var evictionCount: UInt64 { table.evictions }
    package var tableBytes: Int { table.byteCount }
}

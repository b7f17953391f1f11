/// What the journal and the flusher take from the hot table. They come with the limiter's lock, so each call is
/// bounded.
extension UsageTable {
    /// Calls `body` for changed cells from slot `start` on, marking them as taken: at most `limit` cells, and looking
    /// at no more than `scan` slots.
    ///
    /// - Returns: the slot to go on from; nil at the end.
    package mutating func takeChanged(
        _ change: Change, from start: Int, limit: Int, scan: Int = 65_536,
        _ body: (_ slot: UInt32, CellSlot, borrowing UsageTable) -> Void
    ) -> Int? {
        var taken = 0
        var number = start
        let end = min(start + scan, slotCount)
        while number < end {
            if isChanged(number, change) {
                if taken == limit { return number }
                clear(number, change)
                let cell = slot(number)
                if !cell.isFree {
                    taken += 1
                    body(UInt32(number), cell, self)
                }
            }
            number += 1
        }
        return end == slotCount ? nil : end
    }

    /// Marks a cell as changed again: what was taken did not arrive.
    package mutating func putBack(_ slot: UInt32, _ change: Change) { mark(Int(slot), change) }

    /// Marks cells as changed, from slot `start` on, looking at no more than `scan` slots: a journal that begins anew holds all of
    /// them.
    ///
    /// - Returns: the slot to go on from; nil at the end.
    package mutating func putBack(_ change: Change, from start: Int, scan: Int) -> Int? {
        let end = min(start + scan, slotCount)
        for number in start..<end where !slot(number).isFree { mark(number, change) }
        return end == slotCount ? nil : end
    }

    /// Calls `body` for every cell of hours before `hour`, from slot `start` on; looks at no more than `scan` slots.
    ///
    /// - Returns: the slot to go on from; nil at the end.
    package func forEachCell(
        before hour: UInt32, from start: Int, scan: Int = 65_536, _ body: (_ slot: UInt32, CellSlot) -> Void
    ) -> Int? {
        let end = min(start + scan, slotCount)
        for number in start..<end {
            let cell = slot(number)
            if !cell.isFree, cell.hour < hour { body(UInt32(number), cell) }
        }
        return end == slotCount ? nil : end
    }
}

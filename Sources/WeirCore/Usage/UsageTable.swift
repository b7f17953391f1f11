/// The hot table: what every cell of this incarnation has counted, in memory that outlives the process.
///
/// Laid over a mapped file by `WeirJournal` (or over plain memory, in tests): slots first, the dictionary of their
/// dimensions behind them. Totals are never reset; a seal copies them, a new incarnation recovers them. When slots or
/// dictionary run out, or an hour has seen `maximumKeys` keys, calls go to the cell `other` of their product and route:
/// attribution is lost, the amount is not.
package struct UsageTable: ~Copyable {
    /// For each key that an hour may have, and as many of the hour before, which takes reports for a while: admitted,
    /// resolved and one status class; and two blocks of names.
    private static let slotsPerKey = 6
    private static let blocksPerKey = 4
    /// Slots and blocks that only `other` cells may take; of those the ones for the cell of no route at all; and of
    /// those the ones that no new hour of it may take, so that every outcome has a cell at the very end.
    static let reserveForOthers = 1_024
    static let reserveForLast = 128
    private static let reserveForOutcomes = 32

    /// Bits of a slot's flags: changed since it was last sealed, or sent.
    package enum Change: UInt8, Sendable {
        case unsealed = 1
        case unsent = 2
    }

    package let maximumKeys: Int
    private var slots: FixedArray<CellSlot>
    private var dictionary: DimensionsDictionary
    /// Slots by the hash of their cell; plus 1, 0 where free. Open addressing, at most half full.
    private var index: FixedArray<UInt32>
    /// Numbers of free slots; the first `freeCount` are valid.
    private var freeSlots: FixedArray<UInt32>
    private var freeCount: Int
    private var flags: FixedArray<UInt8>
    /// The hour in which a dictionary entry was last counted as one of the hour's keys.
    private var countedHour: FixedArray<UInt32>
    private var keysHour: UInt32 = 0
    private var keysThisHour = 0
    /// Whether keys that the running hour has not seen yet count as `other`: set while the journal is at its maximum.
    package var isThrifty = false
    /// Calls that were counted as `other`.
    package private(set) var othered: UInt64 = 0
    /// Cells of hours before this one take no more.
    package private(set) var finalBefore: UInt32 = 0
    private let lastKey: Hash128
    /// An odd secret of this run that places cells in the index, as in `LimitTable`.
    private let secret: UInt64
    /// By outcome, the newest cell of no route, plus 1; 0 where there is none.
    private var lastSlots = FixedArray<UInt32>(count: 256, repeating: 0)

    // MARK: Memory

    /// Slots of a table for so many keys.
    package static func slotCount(_ maximumKeys: Int) -> Int { maximumKeys * slotsPerKey + 2 * reserveForOthers }

    /// Dictionary blocks of a table for so many keys.
    package static func blockCount(_ maximumKeys: Int) -> Int { maximumKeys * blocksPerKey + 2 * reserveForOthers }

    /// Bytes of memory for so many keys.
    package static func byteCount(_ maximumKeys: Int) -> Int {
        (slotCount(maximumKeys) + blockCount(maximumKeys)) * MemoryLayout<CellSlot>.stride
    }

    /// Lays an empty table over zeroed memory of `byteCount(maximumKeys)` bytes, which must outlive it.
    ///
    /// - Parameter secret: random, for this run only.
    package init(over region: UnsafeMutableRawBufferPointer, maximumKeys: Int, secret: UInt64 = 1) {
        precondition(region.count == Self.byteCount(maximumKeys), "a region of another size")
        self.maximumKeys = maximumKeys
        self.secret = secret | 1
        let slotCount = Self.slotCount(maximumKeys)
        let slotBytes = slotCount * MemoryLayout<CellSlot>.stride
        slots = unsafe FixedArray(over: UnsafeMutableRawBufferPointer(rebasing: region[..<slotBytes]))
        dictionary = unsafe DimensionsDictionary(
            over: UnsafeMutableRawBufferPointer(rebasing: region[slotBytes...]), secret: secret)
        var buckets = 16
        while buckets < slotCount * 2 { buckets *= 2 }
        index = FixedArray(count: buckets, repeating: 0)
        freeSlots = FixedArray((0..<UInt32(slotCount)).reversed())
        freeCount = slotCount
        flags = FixedArray(count: (slotCount + 7) / 8 * 8, repeating: 0)
        countedHour = FixedArray(count: Self.blockCount(maximumKeys), repeating: 0)
        lastKey = Hash128(deriving: "other")
    }

    package var cellCount: Int { slots.count - freeCount }
    package var slotCount: Int { slots.count }
    package var freeBlockCount: Int { dictionary.freeBlocks }

    // MARK: Counting

    /// Adds to a cell that is there, and returns its slot; nil when it is new.
    @inline(__always)
    mutating func add(_ amount: Totals, key: Hash128, hour: UInt32, outcome: Outcome) -> UInt32? {
        guard let slot = find(key, hour, outcome) else { return nil }
        add(amount, to: slot)
        return slot
    }

    @inline(__always)
    private mutating func add(_ amount: Totals, to slot: UInt32) {
        let number = Int(slot)
        slots[number].totals = slots[number].totals + amount
        flags[number] = Change.unsealed.rawValue | Change.unsent.rawValue
    }

    /// Adds to a cell, made when it is new, or to `other` where there is no room for it.
    package mutating func count(
        _ amount: Totals, key: Hash128, other: Hash128, hour: UInt32, outcome: Outcome,
        describe: (_ isOther: Bool, inout ByteWriter) -> Void
    ) {
        if add(amount, key: key, hour: hour, outcome: outcome) != nil { return }
        _ = addToNew(amount, key: key, other: other, hour: hour, outcome: outcome, describe: describe)
    }

    /// Makes a cell and adds to it, or to `other` where there is no room for it, and returns the slot.
    ///
    /// `describe` writes the dimensions, as `Dimensions.write` does, of the cell itself or of its `other`; it runs only
    /// for dimensions that the dictionary does not know.
    mutating func addToNew(
        _ amount: Totals, key: Hash128, other: Hash128, hour: UInt32, outcome: Outcome,
        describe: (_ isOther: Bool, inout ByteWriter) -> Void
    ) -> UInt32 {
        if let slot = make(key, hour, outcome, reserve: Self.reserveForOthers, { describe(false, &$0) }) {
            add(amount, to: slot)
            return slot
        }
        othered &+= amount.calls
        let slot =
            find(other, hour, outcome)
            ?? make(other, hour, outcome, reserve: Self.reserveForLast) { describe(true, &$0) }
            ?? last(hour, outcome)
        add(amount, to: slot)
        return slot
    }

    /// The cell of no route at all, for when there is room for nothing else; at the very end that of an earlier hour.
    private mutating func last(_ hour: UInt32, _ outcome: Outcome) -> UInt32 {
        if let slot = find(lastKey, hour, outcome) { return slot }
        let earlier = lastSlots[Int(outcome.rawValue)]
        if earlier > 0, freeCount <= Self.reserveForOutcomes, !slots[Int(earlier &- 1)].isFinal { return earlier &- 1 }
        let made = make(lastKey, hour, outcome, reserve: 0) { writer in
            var dimensions = Dimensions()
            dimensions.key = Dimensions.other
            dimensions.write(to: &writer)
        }
        guard let made else { preconditionFailure("more outcomes than the reserve has slots") }
        lastSlots[Int(outcome.rawValue)] = made &+ 1
        return made
    }

    /// Makes a cell; nil when the hour has too many keys, or slots or dictionary too little room.
    private mutating func make(
        _ key: Hash128, _ hour: UInt32, _ outcome: Outcome, reserve: Int, _ describe: (inout ByteWriter) -> Void
    ) -> UInt32? {
        guard freeCount > reserve else { return nil }
        if keysHour != hour {
            keysHour = hour
            keysThisHour = 0
        }
        let isLimited = reserve == Self.reserveForOthers
        let known = dictionary.find(key)
        let isCounted = known.map { countedHour[Int($0)] == hour } ?? false
        if isLimited, !isCounted, keysThisHour >= maximumKeys || isThrifty { return nil }
        guard let entry = known ?? dictionary.insert(key, reserve: reserve, describe) else { return nil }
        if isLimited, !isCounted {
            keysThisHour &+= 1
            countedHour[Int(entry)] = hour
        }
        dictionary.retain(entry)
        freeCount &-= 1
        let slot = freeSlots[freeCount]
        slots[Int(slot)] = CellSlot(key: key, hour: hour, outcome: outcome, dictionary: entry)
        insertIndex(slot)
        return slot
    }

    /// Adds to the cell of another outcome with the dimensions and hour of `slot`; to the last cell when there is no
    /// room.
    package mutating func add(_ amount: Totals, besides slot: UInt32, hour: UInt32, outcome: Outcome) {
        let origin = slots[Int(slot)]
        if let found = find(origin.key, hour, outcome) { return add(amount, to: found) }
        guard freeCount > Self.reserveForLast else {
            othered &+= amount.calls
            return add(amount, to: last(hour, outcome))
        }
        dictionary.retain(origin.dictionary)
        freeCount &-= 1
        let made = freeSlots[freeCount]
        slots[Int(made)] = CellSlot(key: origin.key, hour: hour, outcome: outcome, dictionary: origin.dictionary)
        insertIndex(made)
        add(amount, to: made)
    }

    /// Adds to the cell of no route, for what cannot be attributed any more.
    package mutating func addUnattributed(_ amount: Totals, hour: UInt32, outcome: Outcome) {
        othered &+= amount.calls
        add(amount, to: last(hour, outcome))
    }

    /// Whether a slot still is the `admitted` cell of that hour.
    package func isAdmitted(_ slot: UInt32, hour: UInt32) -> Bool {
        guard slot < UInt32(slots.count) else { return false }
        let cell = slots[Int(slot)]
        return !cell.isFree && cell.hour == hour && cell.outcome == .admitted
    }

    // MARK: The index

    @inline(__always)
    private func home(_ key: Hash128, _ hour: UInt32, _ outcome: Outcome) -> Int {
        let mixed = (key.low ^ (UInt64(hour) << 8 | UInt64(outcome.rawValue)) &* 0x9e37_79b9_7f4a_7c15) &* secret
        return Int(truncatingIfNeeded: mixed ^ mixed >> 32) & (index.count &- 1)
    }

    @inline(__always)
    private func find(_ key: Hash128, _ hour: UInt32, _ outcome: Outcome) -> UInt32? {
        var place = home(key, hour, outcome)
        while index[place] != 0 {
            let slot = index[place] &- 1
            if slots[Int(slot)].isCell(key, hour, outcome) { return slot }
            place = (place &+ 1) & (index.count &- 1)
        }
        return nil
    }

    private func home(of slot: UInt32) -> Int {
        let cell = slots[Int(slot)]
        guard let outcome = cell.outcome else { preconditionFailure("a slot without a cell in the index") }
        return home(cell.key, cell.hour, outcome)
    }

    private mutating func insertIndex(_ slot: UInt32) {
        var place = home(of: slot)
        while index[place] != 0 { place = (place &+ 1) & (index.count &- 1) }
        index[place] = slot &+ 1
    }

    private mutating func removeIndex(_ slot: UInt32) {
        let mask = index.count &- 1
        var free = home(of: slot)
        while index[free] != slot &+ 1 { free = (free &+ 1) & mask }
        var next = free
        while true {
            next = (next &+ 1) & mask
            if index[next] == 0 { break }
            if (next &- home(of: index[next] &- 1)) & mask >= (next &- free) & mask {
                index[free] = index[next]
                free = next
            }
        }
        index[free] = 0
    }

    // MARK: Slots, for sealing and finalising

    package func slot(_ number: Int) -> CellSlot { slots[number] }

    /// The dimensions of a cell.
    package func dimensions(of cell: CellSlot) -> Dimensions { dictionary.dimensions(cell.dictionary) ?? Dimensions() }

    /// The dimensions of a cell as `Dimensions.write` writes them.
    package func encodedDimensions(of cell: CellSlot) -> [UInt8] { dictionary.encoded(cell.dictionary) }

    @inline(__always)
    func isChanged(_ number: Int, _ change: Change) -> Bool { flags[number] & change.rawValue != 0 }

    mutating func clear(_ number: Int, _ change: Change) { flags[number] &= ~change.rawValue }

    mutating func mark(_ number: Int, _ change: Change) { flags[number] |= change.rawValue }

    /// From now on no cell of an hour before `hour` takes anything; calls and reports of such an hour count elsewhere.
    package mutating func close(before hour: UInt32) { finalBefore = max(finalBefore, hour) }

    /// Marks a cell of a closed hour as final: its last totals are on disk.
    package mutating func finalise(_ slot: UInt32) {
        guard !slots[Int(slot)].isFree, slots[Int(slot)].hour < finalBefore else { return }
        slots[Int(slot)].finalise()
    }

    /// Frees final cells among `count` slots from `start` on. They are kept while there is room, so that a late report
    /// still finds whom it is for.
    package mutating func free(from start: Int, count: Int) {
        for number in start..<min(start + count, slots.count) where slots[number].isFinal {
            removeIndex(UInt32(number))
            if let outcome = slots[number].outcome, lastSlots[Int(outcome.rawValue)] == UInt32(number + 1) {
                lastSlots[Int(outcome.rawValue)] = 0
            }
            dictionary.release(slots[number].dictionary)
            slots[number] = .free
            flags[number] = 0
            freeSlots[freeCount] = UInt32(number)
            freeCount &+= 1
        }
    }

    /// Whether the room that is left would not do for an hour of the most keys, so that final cells should go.
    package var isCrowded: Bool {
        let (slotsLeft, blocksLeft) = (freeCount - Self.reserveForOthers, dictionary.freeBlocks - Self.reserveForOthers)
        return slotsLeft < maximumKeys * Self.slotsPerKey / 2 || blocksLeft < maximumKeys * Self.blocksPerKey / 2
    }

    // MARK: Recovery

    /// Reads the cells of a table that another incarnation left, leaving out what is damaged.
    ///
    /// - Parameters:
    ///   - region: the table's memory, of `byteCount(maximumKeys)` bytes.
    ///   - damaged: counts slots that are neither free nor intact.
    package static func recover(
        from region: UnsafeMutableRawBufferPointer, maximumKeys: Int, damaged: inout Int
    ) -> [Cell] {
        precondition(region.count == byteCount(maximumKeys), "a region of another size")
        let slotBytes = slotCount(maximumKeys) * MemoryLayout<CellSlot>.stride
        let slots = unsafe FixedArray<CellSlot>(over: UnsafeMutableRawBufferPointer(rebasing: region[..<slotBytes]))
        let blocks = unsafe FixedArray<DictionaryBlock>(
            over: UnsafeMutableRawBufferPointer(rebasing: region[slotBytes...]))
        var cells: [Cell] = []
        for number in 0..<slots.count {
            let slot = slots[number]
            if slot.isFree { continue }
            guard slot.isIntact, let outcome = slot.outcome,
                let entry = DimensionsDictionary.entry(slot.dictionary, in: blocks), entry.key == slot.key
            else {
                damaged += 1
                continue
            }
            cells.append(
                Cell(
                    key: slot.key, dimensions: entry.dimensions, hour: slot.hour, outcome: outcome,
                    totals: slot.totals))
        }
        return cells
    }
}

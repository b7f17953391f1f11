/// The counters of all limit keys: open addressing over one allocation of fixed size.
///
/// At most `maximumKeys` keys live in one and a half times as many slots, so that a search looks at two or three. When
/// the table is full, a key goes only if time has made it equal to a new one (a bucket is full, a window is over): an
/// attacker who sprays keys resets nobody's limit. Where none may go, the caller counts in the limit's overflow entry.
struct LimitTable: ~Copyable {
    /// Slots that one insertion looks at for a key that may go, before it gives up.
    static let evictionProbes = 256
    /// Microseconds for which windows that are over are not swept, so that their keys are known in the next; they go where
    /// there is no room.
    static let sweepGrace: Int64 = 60_000_000

    let maximumKeys: Int
    /// An odd secret of this run that places keys: who knows the fleet's name can work out keys, but not where they lie, and so
    /// cannot heap them up.
    private let secret: UInt64
    private(set) var count = 0
    /// Overflow entries, which are no keys.
    private var overflows = 0
    private(set) var evictions: UInt64 = 0
    var terms: TermsTable
    private var slots: FixedArray<LimitSlot>
    /// Whether any slot ever was a window, so that the journal need not look for them in vain.
    private var holdsWindows = false
    /// Where the next search for a key that may go begins.
    private var hand = 0

    /// - Parameter region: `byteCount(maximumKeys)` zeroed bytes that outlive the table; nil for memory of its own.
    init(maximumKeys: Int, secret: UInt64 = 1, over region: UnsafeMutableRawBufferPointer? = nil) {
        self.maximumKeys = maximumKeys
        self.secret = secret | 1
        guard let region = unsafe region else {
            slots = FixedArray(count: Self.slotCount(maximumKeys), repeating: .free)
            terms = TermsTable()
            return
        }
        precondition(region.count == Self.byteCount(maximumKeys), "a region of another size")
        let slotBytes = Self.slotCount(maximumKeys) * Self.bytesPerSlot
        slots = unsafe FixedArray(over: UnsafeMutableRawBufferPointer(rebasing: region[..<slotBytes]))
        terms = unsafe TermsTable(over: UnsafeMutableRawBufferPointer(rebasing: region[slotBytes...]))
    }

    /// Bytes of a table for so many keys: its slots, and the terms that they are counted in.
    static func byteCount(_ maximumKeys: Int) -> Int { slotCount(maximumKeys) * bytesPerSlot + TermsTable.byteCount }

    /// Slots for so many keys; the free third keeps searches short and holds the overflow entries.
    static func slotCount(_ maximumKeys: Int) -> Int { max(maximumKeys * 3 / 2, maximumKeys + 64) }

    /// Limits that one policy may have: their overflow entries must fit beside the keys.
    var maximumLimits: Int { (slots.count - maximumKeys) / 2 }

    package static var bytesPerSlot: Int { MemoryLayout<LimitSlot>.stride }

    var byteCount: Int { slots.count * Self.bytesPerSlot }

    @inline(__always)
    subscript(index: Int) -> LimitSlot {
        get { slots[index] }
        _modify { yield &slots[index] }
    }

    @inline(__always)
    private func home(_ key: Hash128) -> Int {
        Int(truncatingIfNeeded: (key.low &* secret).multipliedFullWidth(by: UInt64(slots.count)).high)
    }

    /// The slot of a key, or nil.
    @inline(__always)
    func find(_ key: Hash128) -> Int? {
        var index = home(key)
        while !slots[index].isFree {
            if slots[index].key == key { return index }
            index &+= 1
            if index == slots.count { index = 0 }
        }
        return nil
    }

    /// Gives a key that is not in the table a full bucket.
    ///
    /// - Returns: its slot; nil when the table is full and, of those looked at, no key may go.
    mutating func insert(_ key: Hash128, terms number: UInt32, windowEnd: Int64, now: Instant) -> Int? {
        if count >= maximumKeys, !evictOne(now: now) { return nil }
        guard hasRoom(now: now) else { return nil }
        count &+= 1
        return place(key, number, now, windowEnd, isOverflow: false)
    }

    /// The overflow entry of a limit, which does not count as a key; nil when those of earlier policies still fill its
    /// room.
    mutating func overflow(of identity: Hash128, terms number: UInt32, windowEnd: Int64, now: Instant) -> Int? {
        if let slot = overflowSlot(of: identity) { return slot }
        guard hasRoom(now: now) else { return nil }
        overflows += 1
        return place(Self.overflowKey(identity), number, now, windowEnd, isOverflow: true)
    }

    func overflowSlot(of identity: Hash128) -> Int? { find(Self.overflowKey(identity)) }

    private static func overflowKey(_ identity: Hash128) -> Hash128 {
        Hash128(low: ~identity.low, high: ~identity.high)
    }

    private mutating func place(
        _ key: Hash128, _ number: UInt32, _ now: Instant, _ windowEnd: Int64, isOverflow: Bool
    ) -> Int {
        var index = home(key)
        while !slots[index].isFree {
            index &+= 1
            if index == slots.count { index = 0 }
        }
        slots[index] = LimitSlot(
            key: key, bucket: LeaseBucket(full: terms[number], at: now.microseconds), terms: number,
            windowEnd: windowEnd, isOverflow: isOverflow)
        terms.addSlot(number)
        if windowEnd > 0 { holdsWindows = true }
        return index
    }

    /// Whether a slot is free behind the one at which searches end: overflow entries of windows that are over fill the rest
    /// where nobody sweeps, and go now.
    private mutating func hasRoom(now: Instant) -> Bool {
        count + overflows < slots.count - 1 || evictOne(isOverflow: true, now: now)
    }

    private mutating func evictOne(isOverflow: Bool = false, now: Instant) -> Bool {
        for _ in 0..<Self.evictionProbes {
            let index = hand
            hand = index &+ 1 == slots.count ? 0 : index &+ 1
            if slots[index].isOverflow == isOverflow, mayGo(index, now: now) {
                remove(index)
                return true
            }
        }
        return false
    }

    /// Slots touched at `now` stay: the running check holds their numbers.
    private func mayGo(_ index: Int, now: Instant) -> Bool {
        let slot = slots[index]
        return !slot.isFree && slot.bucket.at < now.microseconds && slot.isAsNew(terms[slot.terms], now: now)
    }

    /// Forgets keys that are as new among the next `count` slots, so that searches stay short.
    mutating func sweep(_ count: Int, now: Instant) {
        var now = now
        now.wallMicroseconds &-= Self.sweepGrace
        var looked = 0
        while looked < min(count, slots.count) {
            // Removal pulls a later slot in here: look at the same place again.
            if mayGo(hand, now: now) {
                remove(hand)
            } else {
                looked &+= 1
                hand = hand &+ 1 == slots.count ? 0 : hand &+ 1
            }
        }
    }

    /// Takes a slot out and pulls those behind it closer to their homes, so that every search still ends at the first
    /// free slot.
    private mutating func remove(_ index: Int) {
        terms.removeSlot(slots[index].terms)
        if slots[index].isOverflow { overflows &-= 1 } else { count &-= 1 }
        evictions &+= 1
        var free = index
        var next = index
        while true {
            next &+= 1
            if next == slots.count { next = 0 }
            if slots[next].isFree { break }
            let home = home(slots[next].key)
            let isHomeBetween = free <= next ? free < home && home <= next : free < home || home <= next
            if !isHomeBetween {
                slots[free] = slots[next]
                free = next
            }
        }
        slots[free] = .free
    }

    /// Brings a slot that was found in line with the running policy: its terms, and the end of its window.
    @inline(__always)
    mutating func renew(_ index: Int, terms number: UInt32, windowEnd: Int64, isProportional: Bool, now: Int64) {
        if slots[index].terms != number { convert(index, to: number, isProportional: isProportional, now: now) }
        if slots[index].windowEnd != windowEnd { slots[index].windowEnd = windowEnd }
    }

    /// Puts back a counter that another run of the agent left; of two with the same key the fuller use counts.
    ///
    /// - Returns: false when there is no room for it.
    mutating func restore(_ counter: StoredCounter, now: Instant) -> Bool {
        guard let number = terms.number(of: counter.terms) else { return false }
        if let index = find(counter.key) {
            take(counter, number, into: index, now: now.microseconds)
            return true
        }
        if !counter.isOverflow, count >= maximumKeys, !evictOne(now: now) { return false }
        guard hasRoom(now: now) else { return false }
        if counter.isOverflow { overflows += 1 } else { count &+= 1 }
        let index = place(counter.key, number, now, counter.windowEnd, isOverflow: counter.isOverflow)
        slots[index].bucket = LeaseBucket(credit: counter.credit, at: min(counter.at, now.microseconds))
        slots[index].inHand = counter.inHand
        slots[index].isUnsealed = counter.windowEnd > 0
        return true
    }

    /// Brings a second counter of a slot's key into the slot's terms, and puts it in the slot's place if more of it is used.
    private mutating func take(_ counter: StoredCounter, _ number: UInt32, into index: Int, now: Int64) {
        let terms = terms[slots[index].terms]
        var other = slots[index]
        other.bucket = LeaseBucket(credit: counter.credit, at: min(counter.at, now))
        other.inHand = counter.inHand
        if slots[index].terms != number { other.convert(from: counter.terms, to: terms, now: now) }
        guard other.used(terms) > slots[index].used(terms) else { return }
        slots[index].bucket = other.bucket
        slots[index].inHand = other.inHand
    }

    // MARK: Windows, for the journal

    /// Calls `body` for windows that changed since they were sealed and are not over, from slot `start` on, marking them as
    /// sealed; looks at no more than `scan` slots.
    ///
    /// - Returns: the slot to go on from; nil at the end.
    mutating func takeUnsealedWindows(
        from start: Int, scan: Int, wall: Int64, _ body: (WindowCount) -> Void
    ) -> Int? {
        guard holdsWindows else { return nil }
        let end = min(start + scan, slots.count)
        for index in start..<end where slots[index].isUnsealed {
            slots[index].isUnsealed = false
            guard slots[index].windowEnd > wall else { continue }
            let amount = terms[slots[index].terms].capacity
            body(
                WindowCount(
                    key: slots[index].key, end: slots[index].windowEnd, amount: amount,
                    used: amount &- slots[index].bucket.credit, isOverflow: slots[index].isOverflow))
        }
        return end == slots.count ? nil : end
    }

    /// Marks windows as changed, from slot `start` on: a journal that begins anew holds all of them. Looks at no more than
    /// `scan` slots.
    ///
    /// - Returns: the slot to go on from; nil at the end.
    mutating func unsealWindows(from start: Int, scan: Int) -> Int? {
        guard holdsWindows else { return nil }
        let end = min(start + scan, slots.count)
        for index in start..<end where slots[index].windowEnd > 0 { slots[index].isUnsealed = true }
        return end == slots.count ? nil : end
    }

    /// Counts a slot in the terms `number` from now on.
    private mutating func convert(_ index: Int, to number: UInt32, isProportional: Bool, now: Int64) {
        let old = slots[index].terms
        slots[index].convert(from: terms[old], to: terms[number], isProportional: isProportional, now: now)
        slots[index].terms = number
        terms.removeSlot(old)
        terms.addSlot(number)
    }
}

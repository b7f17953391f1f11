/// Finds rows by a 128-bit hash of them: open addressing, at most three quarters full. Copies share what they have in common.
struct BookIndex: Sendable {
    /// Rows, plus 1; 0 where free.
    private var slots = ChunkedTable<UInt32>(filler: 0, count: 1)
    private(set) var count = 0

    var byteCount: Int { slots.byteCount }

    private var mask: Int { slots.capacity &- 1 }

    /// Ids are of their time, and digests of nobody's choice: both are mixed, neither needs a secret.
    private func home(_ hash: Hash128) -> Int {
        var mixed = hash.low &* 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ mixed >> 32 ^ hash.high) &* 0xbf58_476d_1ce4_e5b9
        mixed ^= mixed >> 32
        return Int(truncatingIfNeeded: mixed) & mask
    }

    /// - Parameter hash: that of a row.
    func find(_ wanted: Hash128, _ hash: (UInt32) -> Hash128) -> UInt32? {
        var place = home(wanted)
        while true {
            let entry = slots[place]
            if entry == 0 { return nil }
            if hash(entry &- 1) == wanted { return entry &- 1 }
            place = (place &+ 1) & mask
        }
    }

    /// Adds a row whose hash is not there yet.
    mutating func insert(_ row: UInt32, _ hash: (UInt32) -> Hash128) {
        if (count + 1) * 4 > slots.capacity * 3 { enlarge(hash) }
        place(row, hash)
        count += 1
    }

    private mutating func place(_ row: UInt32, _ hash: (UInt32) -> Hash128) {
        var place = home(hash(row))
        while slots[place] != 0 { place = (place &+ 1) & mask }
        slots[place] = row &+ 1
    }

    private mutating func enlarge(_ hash: (UInt32) -> Hash128) {
        let before = slots
        slots = ChunkedTable(filler: 0, count: before.capacity * 2)
        for index in 0..<before.capacity where before[index] != 0 { place(before[index] &- 1, hash) }
    }

    /// Takes a row away that is there under its hash.
    mutating func remove(_ row: UInt32, _ hash: (UInt32) -> Hash128) {
        var free = home(hash(row))
        while slots[free] != row &+ 1 {
            guard slots[free] != 0 else { return }
            free = (free &+ 1) & mask
        }
        count -= 1
        // Those behind it move up, so that no search ends before them.
        var next = free
        while true {
            next = (next &+ 1) & mask
            let entry = slots[next]
            if entry == 0 { break }
            if (next &- home(hash(entry &- 1))) & mask >= (next &- free) & mask {
                slots[free] = entry
                free = next
            }
        }
        slots[free] = 0
    }
}

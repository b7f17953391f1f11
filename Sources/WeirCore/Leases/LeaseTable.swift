/// The leases of an agent: places of fixed number, found by limit key, and a queue of those that want a call.
///
/// When it is full, a key goes only if nothing that is known of it would be missed. Where none may go, the caller counts in the
/// limit's overflow entry, for which some places are kept.
struct LeaseTable: ~Copyable {
    /// Places beyond the keys, for overflow entries.
    static var spare: Int { 256 }
    /// Places that one insertion looks at for a key that may go.
    private static var evictionProbes: Int { 256 }

    let maximumKeys: Int
    private(set) var count = 0
    private(set) var evictions: UInt64 = 0
    /// Windows that were forgotten behind their last word.
    private(set) var lastWords: UInt32 = 0
    /// Places from here on were never used.
    private(set) var end = 0
    private let secret: UInt64
    private var places: FixedArray<LeaseEntry>
    /// Of each home the place plus 1; 0 where none is.
    private var index: FixedArray<UInt32>
    private var free: FixedArray<UInt32>
    private var freeCount = 0
    private var queue: FixedArray<UInt32>
    private var queueStart = 0
    private(set) var queueCount = 0
    private var hand = 0

    /// - Parameter secret: places keys in an order that clients cannot work out.
    /// - Parameter region: zeroed memory for all places, which outlives the table; nil for memory of its own.
    init(maximumKeys: Int, secret: UInt64, over region: UnsafeMutableRawBufferPointer? = nil) {
        self.maximumKeys = maximumKeys
        self.secret = secret | 1
        let places = maximumKeys == 0 ? 0 : maximumKeys + Self.spare
        if let region = unsafe region {
            self.places = unsafe FixedArray(over: region)
        } else {
            self.places = FixedArray(count: places, repeating: .none)
        }
        index = FixedArray(count: max(1, places * 2), repeating: 0)
        free = FixedArray(count: places, repeating: 0)
        queue = FixedArray(count: places, repeating: 0)
    }

    var byteCount: Int {
        places.count * MemoryLayout<LeaseEntry>.stride + index.count * 4 + free.count * 4 + queue.count * 4
    }

    subscript(place: Int) -> LeaseEntry {
        @inline(__always)
        get { places[place] }
        @inline(__always)
        _modify { yield &places[place] }
    }

    // MARK: Keys

    @inline(__always)
    private func home(_ key: Hash128) -> Int {
        Int(truncatingIfNeeded: (key.low &* secret).multipliedFullWidth(by: UInt64(index.count)).high)
    }

    @inline(__always)
    private func next(_ position: Int) -> Int { position &+ 1 == index.count ? 0 : position &+ 1 }

    @inline(__always)
    func find(_ key: Hash128) -> Int? {
        var position = home(key)
        while index[position] != 0 {
            let place = Int(index[position]) &- 1
            if places[place].key == key { return place }
            position = next(position)
        }
        return nil
    }

    /// Gives a key that is not in the table a place.
    ///
    /// - Returns: nil when the table is full and, of those looked at, no key may go.
    mutating func insert(_ entry: LeaseEntry, now: Instant) -> Int? {
        let limit = entry.isOverflow ? places.count : maximumKeys
        if count >= limit, !evictOne(now: now) { return nil }
        var place = end
        if freeCount > 0 {
            freeCount &-= 1
            place = Int(free[freeCount])
        } else {
            end &+= 1
        }
        places[place] = entry
        count &+= 1
        var position = home(entry.key)
        while index[position] != 0 { position = next(position) }
        index[position] = UInt32(place + 1)
        return place
    }

    private mutating func evictOne(now: Instant) -> Bool {
        for _ in 0..<min(Self.evictionProbes, end) {
            hand = hand &+ 1 >= end ? 0 : hand &+ 1
            if mayGo(hand, now: now) {
                remove(hand)
                return true
            }
        }
        return false
    }

    /// Whether an entry is one of which nothing would be missed.
    func mayGo(_ place: Int, now: Instant) -> Bool {
        places[place].isUsed && !places[place].isListed
            && places[place].lease.isForgettable(now: now.microseconds, wall: now.wallMicroseconds)
    }

    /// Forgets an entry that may go.
    mutating func remove(_ place: Int) {
        let key = places[place].key
        if places[place].lease.isDone { lastWords &+= 1 }
        places[place] = .none
        count &-= 1
        evictions &+= 1
        free[freeCount] = UInt32(place)
        freeCount &+= 1
        var hole = home(key)
        while Int(index[hole]) != place &+ 1 { hole = next(hole) }
        // Those behind it move closer to their homes, so that every search still ends at the first free one.
        var position = hole
        while true {
            position = next(position)
            if index[position] == 0 { break }
            let home = home(places[Int(index[position]) &- 1].key)
            let isHomeBetween = hole <= position ? hole < home && home <= position : hole < home || home <= position
            if !isHomeBetween {
                index[hole] = index[position]
                hole = position
            }
        }
        index[hole] = 0
    }

    // MARK: The queue

    /// Puts an entry in the queue of those that want a call, once.
    @inline(__always)
    mutating func list(_ place: Int) {
        if places[place].isListed { return }
        places[place].isListed = true
        let last = queueStart &+ queueCount
        queue[last >= queue.count ? last &- queue.count : last] = UInt32(place)
        queueCount &+= 1
    }

    /// Takes the first out of the queue.
    mutating func nextListed() -> Int? {
        guard queueCount > 0 else { return nil }
        let place = Int(queue[queueStart])
        queueStart = queueStart &+ 1 == queue.count ? 0 : queueStart &+ 1
        queueCount &-= 1
        places[place].isListed = false
        return place
    }
}

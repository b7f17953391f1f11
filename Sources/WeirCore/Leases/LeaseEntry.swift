/// A place in the table of leases: one limit key that this agent has to do with.
package struct LeaseEntry: Sendable, BitwiseCopyable {
    package let key: Hash128
    package var lease: SharedLease
    /// Which limit of the running policy; -1 for one that is gone.
    package var limit: Int32
    /// Which of the agent's names the store knows it by.
    package var name: UInt32
    /// Whether it counts for all keys of a limit that found no room.
    package let isOverflow: Bool
    /// Whether it is in the queue of those that want a call.
    var isListed = false
    let isUsed: Bool
    /// Tells an entry that was written whole from one that was not, for whoever finds it in an agent's memory.
    private let check: UInt32

    /// As many tags as there are, by the key: all agents put a key in the same.
    package static var tags: Int { 256 }
    @inline(__always)
    package var tag: Int { Self.tag(of: key) }
    @inline(__always)
    package static func tag(of key: Hash128) -> Int { Int(truncatingIfNeeded: key.high & 0xff) }

    init(key: Hash128, lease: SharedLease, limit: Int32, name: UInt32, isOverflow: Bool) {
        self.key = key
        self.lease = lease
        self.limit = limit
        self.name = name
        self.isOverflow = isOverflow
        isUsed = true
        check = Self.check(key, lease)
    }

    private static func check(_ key: Hash128, _ lease: SharedLease) -> UInt32 {
        var sum = CRC32C.checksum(word: key.low)
        for word in [key.high, UInt64(bitPattern: lease.start), UInt64(bitPattern: lease.end)] {
            sum = CRC32C.checksum(word: word, seed: sum)
        }
        return sum
    }

    /// Whether it holds a lease that was written whole.
    var isIntact: Bool { isUsed && check == Self.check(key, lease) }

    /// A place that is free.
    static let none = LeaseEntry()

    private init() {
        key = Hash128(low: 0, high: 0)
        lease = SharedLease(.bucket, LimitTerms(capacity: 1, numerator: 0, per: 1, microsecondsToFull: 0), now: 0)
        (limit, name, isOverflow, isUsed, check) = (-1, 0, false, false, 0)
    }
}

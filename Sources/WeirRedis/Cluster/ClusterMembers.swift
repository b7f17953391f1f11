/// Which nodes of a cluster to be connected to: those of the map, those that a redirection has named lately, and the seeds while
/// nobody else answers.
struct ClusterMembers {
    /// For how long a node that only a redirection (ASK) has named is kept.
    static let guestNanoseconds: UInt64 = 10_000_000_000

    /// What to do.
    struct Change: Equatable {
        var open: [RedisAddress] = []
        var close: [RedisAddress] = []
    }

    private let seeds: [RedisAddress]
    private(set) var members: Set<RedisAddress> = []
    private var guests: [RedisAddress: UInt64] = [:]

    init(seeds: [RedisAddress]) { self.seeds = seeds }

    /// Nobody answers, or nobody has been asked yet.
    mutating func fallBack() -> Change {
        let missing = seeds.filter { !members.contains($0) }
        members.formUnion(missing)
        return Change(open: missing)
    }

    /// A redirection has named a node.
    mutating func visit(_ address: RedisAddress, now: UInt64) -> Change {
        guests[address] = now
        return members.insert(address).inserted ? Change(open: [address]) : Change()
    }

    /// A node has said who serves what.
    mutating func follow(_ map: SlotMap, now: UInt64) -> Change {
        guests = guests.filter { now < $0.value + Self.guestNanoseconds }
        let wanted = Set(map.addresses).union(guests.keys)
        let change = Change(
            open: map.addresses.filter { !members.contains($0) }, close: members.filter { !wanted.contains($0) })
        members = wanted
        return change
    }
}

/// Which nodes of a cluster to be connected to: those of the map, those that a redirection has named lately, and the seeds while
/// nobody else answers.
package struct ClusterMembers {
    /// For how long a node that only a redirection (ASK) has named is kept.
    package static let guestNanoseconds: UInt64 = 10_000_000_000

    /// What to do.
    package struct Change: Equatable {
        /// Nodes to connect to.
        package var open: [RedisAddress]
        /// Nodes to leave.
        package var close: [RedisAddress]

        package init(open: [RedisAddress] = [], close: [RedisAddress] = []) {
            self.open = open
            self.close = close
        }
    }

    private let seeds: [RedisAddress]
    /// The nodes to be connected to.
    package private(set) var members: Set<RedisAddress> = []
    private var guests: [RedisAddress: UInt64] = [:]

    /// - seeds: those of the URL.
    package init(seeds: [RedisAddress]) { self.seeds = seeds }

    /// Nobody answers, or nobody has been asked yet.
    package mutating func fallBack() -> Change {
        let missing = seeds.filter { !members.contains($0) }
        members.formUnion(missing)
        return Change(open: missing)
    }

    /// A redirection has named a node.
    package mutating func visit(_ address: RedisAddress, now: UInt64) -> Change {
        guests[address] = now
        return members.insert(address).inserted ? Change(open: [address]) : Change()
    }

    /// A node has said who serves what.
    package mutating func follow(_ map: SlotMap, now: UInt64) -> Change {
        guests = guests.filter { now < $0.value + Self.guestNanoseconds }
        let wanted = Set(map.addresses).union(guests.keys)
        let change = Change(
            open: map.addresses.filter { !members.contains($0) }, close: members.filter { !wanted.contains($0) })
        members = wanted
        return change
    }
}

/// Which node of a cluster serves which slot, as one of them said (CLUSTER SLOTS).
package struct SlotMap: Equatable {
    /// As many primaries as are followed; what further ones serve counts as served by nobody.
    package static let maximumNodes = 1000

    /// Of all that serve or have served a slot of the map.
    package private(set) var addresses: [RedisAddress] = []
    /// For each slot an index into `addresses`, -1 for nobody.
    private var owners: [Int16] = Array(repeating: -1, count: ClusterSlot.count)

    /// Of a cluster where nobody serves anything.
    package init() {}

    /// Reads the answer to CLUSTER SLOTS: for each range first and last slot, then its primary and its replicas, each host,
    /// port, id and more.
    ///
    /// - asked: who answered; a node without a host is on the same host.
    package init?(_ reply: RedisReply, asked: RedisAddress) {
        guard let ranges = reply.elements else { return nil }
        for range in ranges {
            guard let parts = range.elements, parts.count >= 3, let first = parts[0].integer,
                let last = parts[1].integer, 0 <= first, first <= last, last < Int64(ClusterSlot.count),
                let node = parts[2].elements, node.count >= 2, let port = node[1].integer, (1...65535).contains(port)
            else { return nil }
            let host = node[0].text.map { String(decoding: $0, as: UTF8.self) } ?? ""
            if host == "?" { continue }  // a host that the answering node does not know yet
            let address = RedisAddress.tcp(host: host.isEmpty ? asked.host ?? "127.0.0.1" : host, port: Int(port))
            guard let index = index(of: address) else { continue }
            for slot in Int(first)...Int(last) { owners[slot] = index }
        }
    }

    /// The node that serves a slot, nil for nobody.
    package func owner(of slot: Int) -> RedisAddress? {
        let index = owners[slot]
        return index < 0 ? nil : addresses[Int(index)]
    }

    /// A node has said that another serves the slot.
    package mutating func move(_ slot: Int, to address: RedisAddress) {
        if let index = index(of: address) { owners[slot] = index }
    }

    private mutating func index(of address: RedisAddress) -> Int16? {
        if let known = addresses.firstIndex(of: address) { return Int16(known) }
        guard addresses.count < Self.maximumNodes else { return nil }
        addresses.append(address)
        return Int16(addresses.count - 1)
    }
}

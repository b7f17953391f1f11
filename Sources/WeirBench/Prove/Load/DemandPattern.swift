import Glibc

/// How requests come to the agents.
package enum DemandPattern: String, CaseIterable, Sendable {
    /// As those of many independent clients, the same to each agent and for each key.
    case uniform
    /// Half of all go to the first agent, half of the rest to the second, and so on; of the keys alike.
    case skewed
    /// Fifty at a time, to one agent at a time.
    case bursty

    private static let burst = 50

    /// The requests of so many seconds, in the order of time.
    package func arrivals(
        agents: Int, keys: Int, perSecond: Double, seconds: Double, seed: UInt64
    ) -> [Arrival] {
        var chance = Chance(seed: seed)
        var arrivals: [Arrival] = []
        let crowd = self == .bursty ? Self.burst : 1
        var time = 0.0
        while true {
            time -= log(1 - chance.unit()) * Double(crowd) / perSecond
            guard time < seconds else { return arrivals }
            let agent = choose(agents, &chance)
            for _ in 0..<crowd {
                arrivals.append(
                    Arrival(at: Int64(time * 1e6), agent: Int32(agent), key: Int32(choose(keys, &chance))))
            }
        }
    }

    private func choose(_ count: Int, _ chance: inout Chance) -> Int {
        guard self == .skewed else { return Int(chance.next() % UInt64(count)) }
        return min(chance.next().trailingZeroBitCount, count - 1)
    }
}

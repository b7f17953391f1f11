import Testing

import WeirBench

/// The demand of a proof: the same for the same seed, and shaped as its name says.
@Suite struct DemandPatternTests {
    private func arrivals(_ pattern: DemandPattern, seed: UInt64 = 1) -> [Arrival] {
        pattern.arrivals(agents: 4, keys: 2, perSecond: 1_000, seconds: 10, seed: seed)
    }

    @Test(arguments: DemandPattern.allCases)
    func theSameSeedGivesTheSameRequestsInOrder(_ pattern: DemandPattern) {
        let one = arrivals(pattern)
        #expect(one == arrivals(pattern) && one != arrivals(pattern, seed: 2))
        #expect(zip(one, one.dropFirst()).allSatisfy { $0.at <= $1.at })
        #expect((8_000...12_000).contains(one.count))
        #expect(one.allSatisfy { $0.at < 10_000_000 && (0..<4).contains($0.agent) && (0..<2).contains($0.key) })
    }

    @Test func skewedDemandGoesToOneAgentMostly() {
        let counts = Dictionary(grouping: arrivals(.skewed), by: \.agent).mapValues(\.count)
        #expect((counts[0] ?? 0) > 4_000 && (counts[1] ?? 0) > (counts[3] ?? 0))
    }

    @Test func burstyDemandComesFiftyAtATimeToOneAgent() {
        for group in Dictionary(grouping: arrivals(.bursty), by: \.at).values {
            #expect(group.count % 50 == 0 || Set(group.map(\.agent)).count > 1)
            #expect(group.count >= 50)
        }
    }
}

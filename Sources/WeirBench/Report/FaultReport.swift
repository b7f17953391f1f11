/// Latencies of warm checks while something is broken, against those while nothing is.
package struct FaultReport: Sendable {
    /// One side's runs, in microseconds.
    package struct Side: Sendable {
        package private(set) var p50 = Samples()
        package private(set) var p99 = Samples()
        package private(set) var p999 = Samples()
        package private(set) var unanswered: UInt64 = 0
        /// Denied: where a store is slow or gone, whoever waits for it too long.
        package private(set) var refused: UInt64 = 0

        package init() {}

        package mutating func add(_ result: LoadResult) {
            p50.add(result.latencies.microseconds(percentile: 50))
            p99.add(result.latencies.microseconds(percentile: 99))
            p999.add(result.latencies.microseconds(percentile: 99.9))
            unanswered += result.unanswered
            refused += result.refusals
        }
    }

    package struct Pair: Sendable {
        /// Checks per second that both sides were asked.
        package let perSecond: Double
        package var normal = Side()
        package var broken = Side()

        package init(perSecond: Double) { self.perSecond = perSecond }

        /// The median of the broken runs by that of the normal ones.
        package var p99Ratio: Double { normal.p99.median == 0 ? 0 : broken.p99.median / normal.p99.median }
    }

    package var collectorDown: Pair
    package var fdatasyncStalled: Pair
    package var newKeys: Pair
    /// Of agents that share a store: it hangs, its answers take 50 ms, it is not there.
    package var storeStopped: Pair
    package var storeSlow: Pair
    package var storeGone: Pair

    package init(
        collectorDown: Pair, fdatasyncStalled: Pair, newKeys: Pair, storeStopped: Pair, storeSlow: Pair, storeGone: Pair
    ) {
        self.collectorDown = collectorDown
        self.fdatasyncStalled = fdatasyncStalled
        self.newKeys = newKeys
        self.storeStopped = storeStopped
        self.storeSlow = storeSlow
        self.storeGone = storeGone
    }
}

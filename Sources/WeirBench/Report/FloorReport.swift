/// The agent against the floor.
package struct FloorReport: Sendable {
    package var closed64x1: Comparison
    package var closed8x16: Comparison
    /// The HTTP door against the stub, without a web server between.
    package var http64x1: Comparison
    /// 20,000 checks/s in an open loop.
    package var open: Latencies
    package var openFloor: Latencies
    package var limiter: LimiterReport
    package var footprint: Footprint

    package init(
        closed64x1: Comparison, closed8x16: Comparison, http64x1: Comparison, open: Latencies, openFloor: Latencies,
        limiter: LimiterReport, footprint: Footprint
    ) {
        self.closed64x1 = closed64x1
        self.closed8x16 = closed8x16
        self.http64x1 = http64x1
        self.open = open
        self.openFloor = openFloor
        self.limiter = limiter
        self.footprint = footprint
    }
}

/// When the requests of an open loop are due: evenly, whatever becomes of those before.
///
/// A request is measured from when it was due, not from when there was room to send it: a server that stalls is charged
/// for every request that should have come meanwhile.
package struct SendSchedule: Sendable {
    package static let maximumRate = 10_000_000.0

    /// Nanoseconds.
    package let start: Int64
    /// Requests per second.
    package let rate: Double

    package init(start: Int64, rate: Double) {
        precondition(rate > 0 && rate <= Self.maximumRate, "a rate out of bounds")
        self.start = start
        self.rate = rate
    }

    /// When request `number` is due, from 0 on, in nanoseconds.
    @inline(__always)
    package func due(_ number: UInt64) -> Int64 { start &+ Int64(Double(number) * 1e9 / rate) }
}

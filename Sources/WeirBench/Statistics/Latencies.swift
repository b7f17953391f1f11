import Histogram

/// How long requests took, in nanoseconds, to three digits: an HDR histogram up to a minute.
package struct Latencies: Sendable {
    private static let longest: UInt64 = 60_000_000_000

    private var histogram = Histogram<UInt64>(
        lowestDiscernibleValue: 1, highestTrackableValue: longest, numberOfSignificantValueDigits: .three)

    package init() {}

    package var count: UInt64 { histogram.totalCount }

    /// A minute and more count as a minute.
    @inline(__always)
    package mutating func record(_ nanoseconds: Int64) {
        histogram.record(min(UInt64(clamping: nanoseconds), Self.longest))
    }

    package mutating func add(_ other: Latencies) { histogram.add(other.histogram) }

    /// The latency that so many of a hundred requests did not exceed, in microseconds; 0 without any.
    package func microseconds(percentile: Double) -> Double {
        count == 0 ? 0 : Double(histogram.valueAtPercentile(percentile)) / 1_000
    }
}

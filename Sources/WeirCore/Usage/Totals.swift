/// The four totals of a cell. They only grow within one incarnation, so merging by max makes any repetition harmless.
package struct Totals: Hashable, Sendable, BitwiseCopyable {
    package var calls: UInt64
    package var bytesIn: UInt64
    package var bytesOut: UInt64
    package var units: UInt64

    package init(calls: UInt64 = 0, bytesIn: UInt64 = 0, bytesOut: UInt64 = 0, units: UInt64 = 0) {
        self.calls = calls
        self.bytesIn = bytesIn
        self.bytesOut = bytesOut
        self.units = units
    }

    /// The larger of each.
    package func merged(_ other: Totals) -> Totals {
        Totals(
            calls: max(calls, other.calls), bytesIn: max(bytesIn, other.bytesIn),
            bytesOut: max(bytesOut, other.bytesOut), units: max(units, other.units))
    }

    /// No total grows beyond this, whatever is reported: one that the collector would refuse would take its batch along.
    package static let maximum: UInt64 = 1 << 56 - 1

    /// The sum; stops at the maximum instead of wrapping.
    @inline(__always)
    package static func + (left: Totals, right: Totals) -> Totals {
        func sum(_ left: UInt64, _ right: UInt64) -> UInt64 {
            let (sum, overflow) = left.addingReportingOverflow(right)
            return overflow ? maximum : min(sum, maximum)
        }
        return Totals(
            calls: sum(left.calls, right.calls), bytesIn: sum(left.bytesIn, right.bytesIn),
            bytesOut: sum(left.bytesOut, right.bytesOut), units: sum(left.units, right.units))
    }
}

/// A meter of a plan: what of a call it counts, and what a unit can cost at most.
package struct MeterRecord: Equatable, Sendable {
    package enum Dimension: String, Sendable, CaseIterable {
        case calls
        case bytesIn = "bytes_in"
        case bytesOut = "bytes_out"
        case units
    }

    package var id: RecordID
    package var plan: RecordID
    package var code: String
    package var dimension: Dimension
    /// Nano-units of the plan's currency that a unit costs at most, as a fraction: what a balance is drawn by before the price is known.
    package var ceilingNumerator: Int64
    package var ceilingDenominator: Int64
    /// What of it is billable, as the plan says it; empty for all.
    package var filter: String

    package init(
        id: RecordID, plan: RecordID, code: String, dimension: Dimension, ceilingNumerator: Int64,
        ceilingDenominator: Int64, filter: String
    ) {
        self.id = id
        self.plan = plan
        self.code = code
        self.dimension = dimension
        self.ceilingNumerator = ceilingNumerator
        self.ceilingDenominator = ceilingDenominator
        self.filter = filter
    }
}

/// A meter of a plan: what of a call it counts, and what a unit can cost at most.
package struct MeterRecord: Equatable, Sendable {
    package enum Dimension: String, Sendable, CaseIterable {
        case calls
        case bytesIn = "bytes_in"
        case bytesOut = "bytes_out"
        case units
    }

    /// What becomes of calls when what was granted of the meter is used up, or where nothing is.
    package enum UsedUp: String, Sendable, CaseIterable {
        /// They are denied.
        case deny
        /// They are paid from the balance, or put on the invoice.
        case charge
        /// They are paid by the money that is scoped to the meter, and denied when that is used up.
        case limit
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
    /// Nil where the document does not say: what costs something is charged, anything else denied.
    package var usedUp: UsedUp?

    package init(
        id: RecordID, plan: RecordID, code: String, dimension: Dimension, ceilingNumerator: Int64,
        ceilingDenominator: Int64, filter: String, usedUp: UsedUp? = nil
    ) {
        self.id = id
        self.plan = plan
        self.code = code
        self.dimension = dimension
        self.ceilingNumerator = ceilingNumerator
        self.ceilingDenominator = ceilingDenominator
        self.filter = filter
        self.usedUp = usedUp
    }
}
